/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What moves when: the order in which the groups of pictures of a clip are sent. */

#include <glib.h>

G_BEGIN_DECLS

/** ICAM_TEST_SCRIPT_GOPS: groups of pictures (of 2 s) after which a script begins again. */
#define ICAM_TEST_SCRIPT_GOPS 60

/**
 * IcamTestScript:
 * @visit: for each group of pictures the number of the visit that goes on, or -1
 * @gop_of_visit: how far that visit is, in groups
 */
typedef struct
{
  gint8 visit[ICAM_TEST_SCRIPT_GOPS];
  guint8 gop_of_visit[ICAM_TEST_SCRIPT_GOPS];
} IcamTestScript;

void icam_test_script_make (IcamTestScript *self, guint seed, guint device, guint channel);
void icam_test_script_make_quiet (IcamTestScript *self);

G_END_DECLS
