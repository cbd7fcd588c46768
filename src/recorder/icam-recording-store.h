/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"
#include "media/icam-segment-store.h"

G_BEGIN_DECLS

/* Joins one connection's pipeline to the recording of its stream, which outlives it. Once it is detached, nothing of the
 * connection reaches the recording any more, however late it comes. */
#define ICAM_TYPE_RECORDING_STORE (icam_recording_store_get_type ())
G_DECLARE_FINAL_TYPE (IcamRecordingStore, icam_recording_store, ICAM, RECORDING_STORE, GObject)

IcamRecordingStore *icam_recording_store_new          (IcamRecording      *recording);
void                icam_recording_store_set_identity (IcamRecordingStore *self,
                                                       IcamIdentity        identity);
void                icam_recording_store_detach       (IcamRecordingStore *self,
                                                       IcamGapCause        cause);

G_END_DECLS
