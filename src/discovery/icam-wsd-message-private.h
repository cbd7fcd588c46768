/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The messages of WS-Discovery (April 2005; its edition 1.1 is read too), as they stand in a
 * datagram. No sockets here. */

/* The longest datagram, in bytes. */
#define ICAM_WSD_MAX_SIZE 65535u
/* More devices in one message than this are not looked at. */
#define ICAM_WSD_MAX_MATCHES 64u

typedef enum
{
  ICAM_WSD_HELLO,
  ICAM_WSD_BYE,
  ICAM_WSD_PROBE_MATCHES,
} IcamWsdKind;

/* Where a device says that its service is. */
typedef struct
{
  char *host;   /* numeric or a name, IPv6 without brackets and scope */
  guint16 port; /* never 0 */
  gboolean secure;
  char *path; /* with its query, or NULL for the usual one */
} IcamWsdXAddr;

/* What a message says of one device. Text as it came, bounded. */
typedef struct
{
  char *id;       /* the endpoint's address as it was written, or NULL */
  char *endpoint; /* the UUID in it, clean, or NULL */
  gboolean camera; /* its types or its scopes are ONVIF's */
  gboolean silent; /* it names neither types nor scopes */
  char *name, *hardware, *mac, *serial; /* or NULL */
  GPtrArray *xaddrs; /* of IcamWsdXAddr */
} IcamWsdMatch;

typedef struct
{
  IcamWsdKind kind;
  char *relates_to;   /* the bare UUID, or NULL */
  GPtrArray *matches; /* of IcamWsdMatch */
} IcamWsdMessage;

IcamWsdMessage     *icam_wsd_message_parse (const guint8 *data,
                                            gsize         size);
void                icam_wsd_message_free  (IcamWsdMessage *self);
const IcamWsdXAddr *icam_wsd_match_choose  (const IcamWsdMatch *self,
                                            GInetAddress       *sender);

/* What a probe asks for. */
typedef enum
{
  ICAM_WSD_ASK_TRANSMITTER,
  ICAM_WSD_ASK_DEVICE,
  ICAM_WSD_ASK_ALL,
  ICAM_WSD_N_ASKS,
} IcamWsdAsk;

char *icam_wsd_probe_new (IcamWsdAsk  ask,
                          const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamWsdMessage, icam_wsd_message_free)

G_END_DECLS
