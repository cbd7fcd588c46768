/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/icam-diagnosis.h"
#include "client/icam-words.h"

#include "base/icam-error.h"

#include <locale.h>
#include <string.h>

static void
assert_words (const char *words)
{
  g_assert_nonnull (words);
  g_assert_cmpuint (strlen (words), >, 3);
  g_assert_true (g_utf8_validate (words, -1, NULL));
  /* Neither codes nor what printf() makes of a missing parameter. */
  g_assert_null (strstr (words, "(null)"));
  g_assert_null (strstr (words, "ICAM"));
  g_assert_null (strstr (words, "io.github"));
  g_assert_null (strchr (words, '%'));
  g_assert_null (strchr (words, '{'));
  g_assert_true (g_unichar_isupper (g_utf8_get_char (words)) || g_str_has_prefix (words, "\""));
}

static void
assert_sentence (const char *words)
{
  assert_words (words);
  g_assert_nonnull (strchr (".?)", words[strlen (words) - 1]));
}

static void
test_errors (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint code = 0; code < ICAM_N_ERRORS; code++)
    {
      g_autoptr (GError) bare = icam_error_new ((IcamError) code, NULL, NULL);
      g_autoptr (GError) full = icam_error_new ((IcamError) code, "address", "192.0.2.7", "user", "admin", "camera", "Garage",
                                                "folder", "/media/Videos", "detail", "because", "what", "camera", "codec", "h265",
                                                "count", "4", "free", "5000000", NULL);
      char *words = icam_words_error (bare);
      g_autofree char *full_words = icam_words_error (full);

      assert_sentence (words);
      assert_sentence (full_words);
      /* Each code says something of its own. */
      if (code != ICAM_ERROR_CANCELLED)
        g_assert_false (g_hash_table_contains (seen, words));
      g_hash_table_add (seen, words);
    }
}

static void
test_error_parameters (void)
{
  g_autoptr (GError) wrong = icam_error_new (ICAM_ERROR_WRONG_PASSWORD, "address", "192.0.2.7", NULL);
  g_autoptr (GError) locked = icam_error_new (ICAM_ERROR_KEYRING_LOCKED, "count", "4", NULL);
  g_autoptr (GError) one = icam_error_new (ICAM_ERROR_KEYRING_LOCKED, "count", "1", NULL);
  g_autoptr (GError) away = g_error_new_literal (G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN, "GDBus.Error:x: y");
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "No space left on device");
  /* As it comes over the bus. */
  g_autoptr (GError) remote = g_error_new_literal (
    ICAM_ERROR, ICAM_ERROR_UNREACHABLE, "GDBus.Error:" ICAM_RECORDER_NAME ".Error.Unreachable: {'address': <'192.0.2.7'>}");
  g_autofree char *wrong_words = icam_words_error (wrong);
  g_autofree char *locked_words = icam_words_error (locked);
  g_autofree char *one_words = icam_words_error (one);
  g_autofree char *away_words = icam_words_error (away);
  g_autofree char *foreign_words = icam_words_error (foreign);
  g_autofree char *remote_words = icam_words_error (remote);

  g_assert_cmpstr (wrong_words, ==, "The camera at 192.0.2.7 refused the name or the password.");
  g_assert_cmpstr (locked_words, ==, "The keyring is locked: 4 cameras wait.");
  g_assert_cmpstr (one_words, ==, "The keyring is locked: 1 camera waits.");
  g_assert_cmpstr (away_words, ==, "The recorder is not running. Nothing is being recorded.");
  g_assert_cmpstr (foreign_words, ==, "No space left on device");
  g_assert_cmpstr (remote_words, ==, "Nothing answers at 192.0.2.7. Is the camera switched on and on this network?");
}

static void
test_states (void)
{
  static const char *const states[] = { "connecting", "recording",  "failed",         "waiting", "paused",     "other-device",
                                        "no-recorder", "live",       "camera-silent", "camera-gone", "wrong-password",
                                        "keyring-locked", "of a newer recorder", NULL };
  g_autoptr (GError) gone = icam_error_new (ICAM_ERROR_UNREACHABLE, "address", "192.0.2.7", NULL);
  gint64 now = G_GINT64_CONSTANT (1777816991) * G_USEC_PER_SEC; /* 2026-05-03 14:03:11 UTC, a Sunday */
  g_autofree char *words = NULL;

  for (guint i = 0; states[i] != NULL; i++)
    for (guint with = 0; with < 2; with++)
      {
        g_autofree char *text = icam_words_camera_state ("Hall", states[i], with ? gone : NULL, now - 60 * G_USEC_PER_SEC,
                                                         with ? now + 30 * G_USEC_PER_SEC : 0, now);

        assert_sentence (text);
        g_assert_nonnull (strstr (text, "Hall"));
      }

  words = icam_words_camera_state ("Hall", "failed", gone, now - 60 * G_USEC_PER_SEC, now + 30 * G_USEC_PER_SEC, now);
  g_assert_cmpstr (words, ==, "Hall has not answered since 14:02:11. Trying again in 30 seconds.");
}

static void
test_short (void)
{
  for (guint cause = 0; cause < ICAM_N_GAP_CAUSES; cause++)
    {
      assert_words (icam_words_gap ((IcamGapCause) cause));
      if (cause != ICAM_GAP_UNKNOWN)
        g_assert_cmpstr (icam_words_gap ((IcamGapCause) cause), !=, icam_words_gap (ICAM_GAP_UNKNOWN));
    }
  assert_words (icam_words_gap (ICAM_N_GAP_CAUSES));
  g_assert_cmpstr (icam_words_event_kind ("motion"), ==, "Motion");
  for (guint kind = 0; kind < ICAM_N_EVENT_KINDS; kind++)
    {
      const char *words = icam_words_event_kind (icam_event_kind_to_string ((IcamEventKind) kind));

      /* Each has a word of its own. */
      assert_words (words);
      g_assert_cmpstr (words, !=, "Event");
    }
  {
    static const char *const both[] = { "pixels", "device", NULL };

    g_assert_cmpstr (icam_words_witnesses (both), ==, "both");
    g_assert_cmpstr (icam_words_witnesses (both + 1), ==, "camera");
    g_assert_cmpstr (icam_words_witnesses (NULL), ==, "");
  }
  assert_words (icam_words_event_kind ("of a newer recorder"));
  assert_words (icam_words_event_kind (NULL));
}

static void
test_journal (void)
{
  static const char *const codes[] = {
    "recorder-started", "recorder-restarted", "camera-added",     "camera-removed", "camera-failed",
    "camera-recovered", "other-device",       "keyring-locked", "archive-problem", "archive-recovered",
    "device-moved",     "recordings-recovered", "clock-stepped",  "computer-slept",  "recorder-stopped",
    "folder-changed",   "footage-deleted",    "segment-foreign",  "configuration-set-aside",
    "backup-failed", "catalogue-set-aside", "catalogue-rebuilt",
    "of-a-newer-recorder",
  };
  g_autoptr (GVariant) params
    = g_variant_ref_sink (g_variant_new_parsed ("{'name': <'Garden'>, 'error': <'Unreachable'>, 'address': <'192.0.2.7'>}"));
  g_autofree char *failed = icam_words_journal ("camera-failed", params);

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autofree char *bare = icam_words_journal (codes[i], NULL);
      g_autofree char *full = icam_words_journal (codes[i], params);

      assert_sentence (bare);
      assert_sentence (full);
      if (i < G_N_ELEMENTS (codes) - 1)
        g_assert_null (strstr (bare, "does not know"));
    }
  g_assert_cmpstr (failed, ==, "Garden: Nothing answers at 192.0.2.7. Is the camera switched on and on this network?");
}

static void
test_times (void)
{
  gint64 now = G_GINT64_CONSTANT (1777816991) * G_USEC_PER_SEC; /* 2026-05-03 14:03:11 UTC, a Sunday */
  const gint64 day = G_TIME_SPAN_DAY;
  static const struct
  {
    gint64 days;
    const char *words;
  } table[] = {
    { 0, "14:03:11" },
    { 1, "Saturday 14:03" },
    { 6, "Monday 14:03" },
    { 7, "26 April 2026, 14:03" },
    { -1, "4 May 2026, 14:03" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *words = icam_words_time (now - table[i].days * day, now);

      g_assert_cmpstr (words, ==, table[i].words);
    }
}

static void
test_durations (void)
{
  static const struct
  {
    gint64 seconds;
    const char *words;
  } table[] = {
    { -5, "0 seconds" }, { 1, "1 second" },      { 59, "59 seconds" },          { 60, "1 minute" },
    { 3599, "59 minutes" }, { 3600, "1 hour" }, { 7500, "2 hours 5 minutes" }, { 3600 * 47, "47 hours" },
    { 86400 * 2, "2 days" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *words = icam_words_duration (table[i].seconds * G_USEC_PER_SEC);

      g_assert_cmpstr (words, ==, table[i].words);
    }
}

static void
test_clocks (void)
{
  const gint64 second = G_USEC_PER_SEC, year = G_TIME_SPAN_DAY * 365;
  const struct
  {
    gint64 offset;
    const char *words;
  } table[] = {
    { 0, "The clock is right." },
    { -second, "The clock is right." },
    { 5 * second, "The clock is 5 seconds fast." },
    { -3600 * second, "The clock is 1 hour slow." },
    { -7 * year, "The clock is 7 years slow." },
    { -2 * year - 10 * G_TIME_SPAN_DAY, "The clock is 2 years slow." },
    { -30 * G_TIME_SPAN_DAY, "The clock is 30 days slow." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *words = icam_words_clock_offset (table[i].offset);

      g_assert_cmpstr (words, ==, table[i].words);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *words = icam_words_clock_offset (i == 0 ? G_MININT64 : G_MAXINT64);

      assert_sentence (words);
    }
}

static void
test_secrets (void)
{
  static const char *const table[][2] = {
    { "It answers at 192.0.2.7 (onvif).", "It answers at 192.0.2.7 (onvif)." },
    { "at rtsp://admin:p@ss@192.0.2.7/live.", "at rtsp://192.0.2.7/live." },
    { "http://192.0.2.7/v?user=admin&pwd=geheim, or", "http://192.0.2.7/v?user=…&pwd=… or" },
    { "a?b c@d", "a?b c@d" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autofree char *words = icam_words_without_secrets (table[i][0]);

      g_assert_cmpstr (words, ==, table[i][1]);
    }
}

int
main (int    argc,
      char **argv)
{
  setlocale (LC_ALL, "C.UTF-8");
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/words/errors", test_errors);
  g_test_add_func ("/client/words/error-parameters", test_error_parameters);
  g_test_add_func ("/client/words/states", test_states);
  g_test_add_func ("/client/words/short", test_short);
  g_test_add_func ("/client/words/journal", test_journal);
  g_test_add_func ("/client/words/times", test_times);
  g_test_add_func ("/client/words/durations", test_durations);
  g_test_add_func ("/client/words/clocks", test_clocks);
  g_test_add_func ("/client/words/secrets", test_secrets);
  return g_test_run ();
}
