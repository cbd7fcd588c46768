/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "base/icam-types.h"

G_BEGIN_DECLS

/* The recorder sends codes, people read these words (translated; sentence case; what happened, since when, what the program does now). */
char       *icam_words_error        (const GError *error);
char       *icam_words_camera_state (const char   *name,
                                     const char   *state,
                                     const GError *error,
                                     gint64        since_us,
                                     gint64        retry_at_us,
                                     gint64        now_us);
gboolean    icam_words_clock_right  (gint64        offset);
char       *icam_words_clock_offset (gint64        offset);
char       *icam_words_clock_server (gboolean      ntp,
                                     const char   *server);
const char *icam_words_setting      (const char   *name);
char       *icam_words_setting_value (const char  *name,
                                     GVariant     *value);
const char *icam_words_gap          (IcamGapCause  cause);
const char *icam_words_event_kind   (const char   *kind);
const char *icam_words_witnesses    (const char *const *witnesses);
char       *icam_words_weekday      (guint       day,
                                     gboolean    whole);
char       *icam_words_record_plan  (const char *mode,
                                     const char *schedule,
                                     gboolean    events_otherwise);
const char *icam_words_recording    (const char *recording);
const char *icam_words_age          (const char *code);
const char *icam_words_finding      (const char *code);
guint       icam_words_check_left   (GVariant   *result);
char       *icam_words_check        (GVariant   *result,
                                     guint      *left);
char       *icam_words_journal      (const char   *code,
                                     GVariant     *params);
/* "14:03:11" today, "Tuesday 14:03" this week, else the date; in the local time zone and by locale. */
char       *icam_words_time         (gint64        utc_us,
                                     gint64        now_us);
char       *icam_words_duration     (gint64        microseconds);

G_END_DECLS
