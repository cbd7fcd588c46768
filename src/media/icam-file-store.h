/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "media/icam-segment-store.h"

G_BEGIN_DECLS

/* A store of one file, for gst-launch and tests: it writes where it is called, so nothing of the recorder uses it. */
#define ICAM_TYPE_FILE_STORE (icam_file_store_get_type ())
G_DECLARE_FINAL_TYPE (IcamFileStore, icam_file_store, ICAM, FILE_STORE, GObject)

IcamSegmentStore *icam_file_store_new (const char *path,
                                       GError    **error);

/* Sound will come: the file begins when it is known what it is, or a few seconds after the first picture. */
void              icam_file_store_expect_audio (IcamFileStore *self);

G_END_DECLS
