/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif-events.h"
#include "onvif/icam-onvif-kinds-private.h"
#include "onvif/icam-soap-private.h"

G_BEGIN_DECLS

/* More things than one message says. */
#define ICAM_ONVIF_MAX_REPORTS 8

/* What PropertyOperation says (ONVIF core specification, section 9.4.2). */
typedef enum
{
  ICAM_ONVIF_CHANGED = 0, /* or nothing: most are */
  ICAM_ONVIF_INITIALIZED,
  ICAM_ONVIF_DELETED,
} IcamOnvifOperation;

/* One thing that a message says. */
typedef struct
{
  char *name; /* of the item that says it; "" for the message as such */
  guint kinds;
  IcamOnvifState state;
} IcamOnvifReport;

/* A notification message, as far as it concerns us. */
typedef struct
{
  char *topic; /* without prefixes and empty parts */
  char *shown; /* as the device writes it, for people */
  char *key;   /* topic and source: which property it is */
  IcamOnvifOperation operation;
  GHashTable *sources; /* name -> value of the items that name a video source */
  gboolean understood; /* it tells of something that we have a name for, in a way that we can read */
  guint n_reports;
  IcamOnvifReport reports[ICAM_ONVIF_MAX_REPORTS];
} IcamOnvifMessage;

IcamOnvifMessage *icam_onvif_message_read (xmlNode              *notification,
                                           const IcamOnvifKinds *kinds);
void              icam_onvif_message_free (IcamOnvifMessage     *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamOnvifMessage, icam_onvif_message_free)

G_END_DECLS
