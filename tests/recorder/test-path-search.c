/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "recorder/icam-path-search.h"

#include "base/icam-error.h"

#include <string.h>

/* The search of somebody whose device answers as the test says. */
typedef struct
{
  IcamPathSearch *search;
  GPtrArray *tried; /* of char */
  gboolean waiting;
} Fixture;

static void
on_next (gpointer user_data)
{
  Fixture *fixture = user_data;

  g_ptr_array_add (fixture->tried, g_strdup (icam_path_search_get (fixture->search)->url));
  fixture->waiting = FALSE;
}

static void
begin (Fixture    *fixture,
       const char *address,
       IcamError   first)
{
  g_autoptr (GError) error = icam_error_new (first, NULL, NULL);

  fixture->tried = g_ptr_array_new_with_free_func (g_free);
  fixture->search = icam_path_search_new (address, error, on_next, fixture);
}

static void
end (Fixture *fixture)
{
  icam_path_search_free (fixture->search);
  g_ptr_array_unref (fixture->tried);
}

/* Whether another place is tried after this; waits until it is. */
static gboolean
answer (Fixture *fixture,
        int      code)
{
  g_autoptr (GError) error = code >= 0 ? icam_error_new ((IcamError) code, NULL, NULL) : NULL;

  if (!icam_path_search_go_on (fixture->search, error))
    return FALSE;
  fixture->waiting = TRUE;
  while (fixture->waiting)
    g_main_context_iteration (NULL, TRUE);
  return TRUE;
}

static void
test_one_after_the_other (void)
{
  Fixture fixture = { 0 };

  begin (&fixture, "192.0.2.7:8554", ICAM_ERROR_NOT_A_CAMERA);
  g_assert_true (answer (&fixture, -1));
  g_assert_true (answer (&fixture, ICAM_ERROR_NO_STREAM));
  g_assert_true (answer (&fixture, ICAM_ERROR_NO_STREAM));
  g_assert_cmpuint (fixture.tried->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_true (g_str_has_prefix (fixture.tried->pdata[i], "rtsp://192.0.2.7:8554/"));
  end (&fixture);
}

static void
test_a_refusal_is_the_last_word (void)
{
  Fixture fixture = { 0 };

  begin (&fixture, "192.0.2.7", ICAM_ERROR_UNREACHABLE);
  g_assert_true (answer (&fixture, -1));
  g_assert_false (answer (&fixture, ICAM_ERROR_WRONG_PASSWORD));
  g_assert_true (icam_path_search_is_refused (fixture.search));
  g_assert_cmpuint (fixture.tried->len, ==, 1);
  end (&fixture);
}

static void
test_a_closed_door_is_not_tried_again (void)
{
  Fixture fixture = { 0 };
  guint at_554 = 0;

  begin (&fixture, "192.0.2.7", ICAM_ERROR_UNREACHABLE);
  for (gboolean more = answer (&fixture, -1); more;)
    more = answer (&fixture, ICAM_ERROR_UNREACHABLE);
  for (guint i = 0; i < fixture.tried->len; i++)
    at_554 += strstr (fixture.tried->pdata[i], ":554/") != NULL;
  g_assert_cmpuint (at_554, ==, 1);
  g_assert_cmpuint (fixture.tried->len, <=, 8);
  g_assert_false (icam_path_search_is_refused (fixture.search));
  end (&fixture);
}

static void
test_nobody_at_the_port_that_was_given (void)
{
  Fixture fixture = { 0 };

  begin (&fixture, "192.0.2.7:8080", ICAM_ERROR_UNREACHABLE);
  g_assert_false (answer (&fixture, -1));
  end (&fixture);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/path-search/one-after-the-other", test_one_after_the_other);
  g_test_add_func ("/path-search/a-refusal-is-the-last-word", test_a_refusal_is_the_last_word);
  g_test_add_func ("/path-search/a-closed-door-is-not-tried-again", test_a_closed_door_is_not_tried_again);
  g_test_add_func ("/path-search/nobody-at-the-port-that-was-given", test_nobody_at_the_port_that_was_given);
  return g_test_run ();
}
