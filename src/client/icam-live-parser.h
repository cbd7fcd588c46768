/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-live-record.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Live records from a stream of bytes, however they are cut. Sans I/O and strict: what is not a record of this version, belongs to
 * another channel or role than the first one or than asked for, or comes before the stream was described ends the stream with an
 * error; nothing is guessed at and no record after it is read. Memory is bounded by one record. One thread at a time. */
typedef struct _IcamLiveParser IcamLiveParser;

typedef struct
{
  IcamLiveHeader header;
  GBytes *payload; /* owned */
} IcamLiveRecord;

IcamLiveParser *icam_live_parser_new     (const IcamUuid *channel,
                                          IcamRole        role);
void            icam_live_parser_free    (IcamLiveParser *self);
guint8         *icam_live_parser_reserve (IcamLiveParser *self,
                                          gsize          *size);
gboolean        icam_live_parser_commit  (IcamLiveParser *self,
                                          gsize           size,
                                          GError        **error);
gboolean        icam_live_parser_take    (IcamLiveParser *self,
                                          IcamLiveRecord *record);
void            icam_live_record_clear   (IcamLiveRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamLiveParser, icam_live_parser_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IcamLiveRecord, icam_live_record_clear)

G_END_DECLS
