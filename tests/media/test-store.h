/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "media/icam-segment-store.h"

G_BEGIN_DECLS

/* A store that keeps what it gets and checks what every store may rely on: one call at a time, tracks before packets. */
#define TEST_TYPE_STORE (test_store_get_type ())
G_DECLARE_FINAL_TYPE (TestStore, test_store, TEST, STORE, GObject)

TestStore   *test_store_new         (void);
guint        test_store_count       (TestStore *self,
                                     guint      track);
IcamPacket  *test_store_get         (TestStore *self,
                                     guint      track,
                                     guint      index);
IcamTrack   *test_store_get_track   (TestStore *self,
                                     guint      track);
int          test_store_get_cause   (TestStore *self); /* of the last interruption, -1 none */

G_END_DECLS
