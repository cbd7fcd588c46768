/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Promise 3: nothing leaves. Every connection of the recorder is entered here, whoever opened the socket (this room,
 * libsoup, GStreamer), with what it was for, so that the window can show where bytes went. One ledger a process,
 * safe from every thread, bounded: one row a purpose, address and port. */
typedef struct
{
  char *purpose; /* "onvif", "stream", "discovery", … */
  char *address; /* numeric, or the name that was given */
  guint16 port;
  guint64 connections;
  gint64 first_us, last_us; /* UTC */
} IcamLedgerRow;

void       icam_ledger_note         (const char *purpose,
                                     const char *address,
                                     guint16     port);
void       icam_ledger_note_address (const char     *purpose,
                                     GSocketAddress *address);
GPtrArray *icam_ledger_list         (void);
void       icam_ledger_row_free     (IcamLedgerRow *row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamLedgerRow, icam_ledger_row_free)

G_END_DECLS
