/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The drawn scenes: a quiet background with sensor noise, and actors who cross it. */

#include <glib.h>

G_BEGIN_DECLS

/** ICAM_TEST_N_SCENES: front door, garden, garage, street. */
#define ICAM_TEST_N_SCENES 4
/** ICAM_TEST_N_VISITS: different visits that a scene has. */
#define ICAM_TEST_N_VISITS 2

typedef struct _IcamTestScene IcamTestScene;

IcamTestScene *icam_test_scene_new (guint scene, guint width, guint height);
void icam_test_scene_free (IcamTestScene *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamTestScene, icam_test_scene_free)

const char *icam_test_scene_name (guint scene);
const char *icam_test_scene_actor (guint scene, guint visit);
gboolean icam_test_scene_render (IcamTestScene *self,
                                 int visit,
                                 double progress,
                                 double seconds,
                                 guint64 noise_seed,
                                 guint8 *const planes[3],
                                 const gsize strides[3]);

G_END_DECLS
