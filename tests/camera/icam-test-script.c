/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-script.h"

#include "icam-test-clip.h"

/* A visit's group of pictures, plus a pause of at least 16 s behind it. */
#define MIN_PAUSE_GOPS 8

/**
 * icam_test_script_make_quiet:
 * @self: (out caller-allocates): a script in which nobody comes
 */
void
icam_test_script_make_quiet (IcamTestScript *self)
{
  for (guint i = 0; i < ICAM_TEST_SCRIPT_GOPS; i++)
    {
      self->visit[i] = -1;
      self->gop_of_visit[i] = 0;
    }
}

/**
 * icam_test_script_make:
 * @self: (out caller-allocates): the script
 * @seed: any number; the same makes the same script
 * @device: index of the device
 * @channel: its channel
 *
 * Makes the script of a channel, two minutes that are repeated. The first visit begins within the
 * first 8 to 14 s, so that somebody who watches a demonstration need not wait; between visits are
 * at least 16 s of quiet, also where the script begins again.
 */
void
icam_test_script_make (IcamTestScript *self, guint seed, guint device, guint channel)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed * 977 + device * 31 + channel * 7 + 5);
  guint at = 4 + (device + channel * 2) % 4;
  guint visit = 0;

  icam_test_script_make_quiet (self);
  while (at + ICAM_TEST_VISIT_GOPS + MIN_PAUSE_GOPS <= ICAM_TEST_SCRIPT_GOPS + 4)
    {
      for (guint i = 0; i < ICAM_TEST_VISIT_GOPS; i++)
        {
          self->visit[at + i] = (gint8) (visit % ICAM_TEST_N_VISITS);
          self->gop_of_visit[at + i] = (guint8) i;
        }
      visit++;
      at += ICAM_TEST_VISIT_GOPS + MIN_PAUSE_GOPS + (guint) g_rand_int_range (rand, 0, 6);
    }
}
