/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-types.h"

static void
test_names (void)
{
  IcamRole role = ICAM_ROLE_MAIN;

  g_assert_true (icam_role_from_string ("sub", &role));
  g_assert_cmpint (role, ==, ICAM_ROLE_SUB);
  g_assert_false (icam_role_from_string ("third", &role));
  g_assert_false (icam_role_from_string (NULL, &role));
  g_assert_cmpint (role, ==, ICAM_ROLE_SUB);

  for (int i = 0; i < ICAM_N_GAP_CAUSES; i++)
    g_assert_cmpint (icam_gap_cause_from_string (icam_gap_cause_to_string (i)), ==, i);
  g_assert_cmpint (icam_gap_cause_from_string ("lunch"), ==, ICAM_GAP_UNKNOWN);

  for (int i = 0; i < 256; i++)
    if (!g_str_equal (icam_codec_to_string (i), "none"))
      g_assert_cmpint (icam_codec_from_string (icam_codec_to_string (i)), ==, i);
  g_assert_cmpint (icam_codec_from_string ("vp8"), ==, ICAM_CODEC_NONE);
  g_assert_true (icam_codec_is_video (ICAM_CODEC_MJPEG));
  g_assert_false (icam_codec_is_video (ICAM_CODEC_AAC));
  g_assert_false (icam_codec_is_video (ICAM_CODEC_NONE));

  for (int i = 0; i < 3; i++)
    g_assert_cmpint (icam_identity_from_string (icam_identity_to_string (i)), ==, i);

  for (int i = 0; i < ICAM_N_EVENT_KINDS; i++)
    {
      IcamEventKind kind = ICAM_N_EVENT_KINDS;

      g_assert_true (icam_event_kind_from_string (icam_event_kind_to_string (i), &kind));
      g_assert_cmpint (kind, ==, i);
      g_assert_false (icam_event_kind_from_string ("lunch", &kind));
      g_assert_cmpint (kind, ==, i);
    }
}

/* The numbers stand in files and on sockets. */
static void
test_frozen (void)
{
  g_assert_cmpint (ICAM_CODEC_H264, ==, 1);
  g_assert_cmpint (ICAM_CODEC_H265, ==, 2);
  g_assert_cmpint (ICAM_CODEC_AAC, ==, 16);
  g_assert_cmpstr (icam_gap_cause_to_string (ICAM_GAP_RECORDER_KILLED), ==, "recorder-killed");
  g_assert_cmpstr (icam_gap_cause_to_string (ICAM_GAP_CAMERA_SILENT), ==, "camera-silent");
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/types/names", test_names);
  g_test_add_func ("/types/frozen", test_frozen);
  return g_test_run ();
}
