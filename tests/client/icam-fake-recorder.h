/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recorder without cameras on the session bus of a test: the interface, and answers that the test lays out. It lives in the main
 * context that it was made in, which the test has to run. */

#pragma once

#include "base/icam-live-record.h"
#include "icam-recorder1.h"

G_BEGIN_DECLS

typedef struct _IcamFakeRecorder IcamFakeRecorder;

/* A socket for each viewer, the fake's end; the test writes records to it and closes it. */
typedef void (*IcamFakeLiveFunc) (IcamDBusCamera *camera,
                                  const char     *role,
                                  int             fd,
                                  gpointer        user_data);
/* The file of a segment, owned by the fake afterwards; -1: there is none. */
typedef int  (*IcamFakeSegmentFunc) (const char *channel,
                                     guint64     seq,
                                     GVariant  **key_frames,
                                     gpointer    user_data);

IcamFakeRecorder *icam_fake_recorder_new        (void);
void              icam_fake_recorder_free       (IcamFakeRecorder *self);
void              icam_fake_recorder_start      (IcamFakeRecorder *self);
void              icam_fake_recorder_kill       (IcamFakeRecorder *self);
IcamDBusManager  *icam_fake_recorder_get_manager (IcamFakeRecorder *self);
IcamDBusCamera   *icam_fake_recorder_add_camera (IcamFakeRecorder *self,
                                                 const char       *id,
                                                 const char       *name,
                                                 const char       *channel,
                                                 guint             position);
void              icam_fake_recorder_remove_camera (IcamFakeRecorder *self,
                                                 const char       *id);
IcamDBusFound    *icam_fake_recorder_add_found  (IcamFakeRecorder *self,
                                                 const char       *id,
                                                 const char       *name,
                                                 const char       *address);
void              icam_fake_recorder_add_event  (IcamFakeRecorder *self,
                                                 const char       *id,
                                                 const char       *camera,
                                                 const char       *channel,
                                                 gint64            start,
                                                 gint64            end);
void              icam_fake_recorder_set_thumbnail (IcamFakeRecorder *self,
                                                 GBytes           *jpeg);
/* Rows of ListSegments as text: a(stuxxtss) and a(xxs). */
void              icam_fake_recorder_set_recordings (IcamFakeRecorder *self,
                                                 GVariant         *segments,
                                                 GVariant         *gaps);
void              icam_fake_recorder_set_live   (IcamFakeRecorder *self,
                                                 IcamFakeLiveFunc  function,
                                                 gpointer          user_data);
void              icam_fake_recorder_set_segment (IcamFakeRecorder *self,
                                                 IcamFakeSegmentFunc function,
                                                 gpointer          user_data);
/* "" without one */
const char       *icam_fake_recorder_get_password (IcamFakeRecorder *self);
guint             icam_fake_recorder_get_opened (IcamFakeRecorder *self);

/* Devices by their address: "good" needs no password, "locked" has the password "right" of "admin", "dead" does not answer,
 * "two" has two channels, anything else is not a camera. */

G_END_DECLS
