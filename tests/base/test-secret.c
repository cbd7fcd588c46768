/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-error.h"
#include "base/icam-secret.h"

#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  IcamSecret *secret;
  GError *error;
  gboolean done;
} Answer;

static void
on_read (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  Answer *answer = user_data;

  answer->secret = icam_secret_read_finish (result, &answer->error);
  answer->done = TRUE;
}

static Answer
read_secret (int fd)
{
  Answer answer = { NULL, NULL, FALSE };

  icam_secret_read_async (fd, NULL, on_read, &answer);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  return answer;
}

static void
test_pipe (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSecret) secret = icam_secret_new ("pä§ss word");
  int fd = icam_secret_to_pipe (secret, &error);
  Answer answer;

  g_assert_no_error (error);
  answer = read_secret (fd);
  g_assert_no_error (answer.error);
  g_assert_cmpstr (icam_secret_peek (answer.secret), ==, "pä§ss word");
  icam_secret_unref (answer.secret);
}

static void
test_empty (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSecret) secret = icam_secret_new (NULL);
  Answer answer = read_secret (icam_secret_to_pipe (secret, &error));

  g_assert_no_error (answer.error);
  g_assert_true (icam_secret_is_empty (answer.secret));
  g_assert_true (icam_secret_is_empty (NULL));
  icam_secret_unref (answer.secret);
}

/* A hostile client writes without end, or a NUL. */
static void
test_refused (void)
{
  char junk[ICAM_SECRET_MAX + 100];
  int fds[2];
  Answer answer;

  memset (junk, 'x', sizeof junk);
  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  g_assert_cmpint (write (fds[1], junk, sizeof junk), ==, sizeof junk);
  answer = read_secret (fds[0]); /* the other end is still open: it answers all the same */
  g_assert_error (answer.error, ICAM_ERROR, ICAM_ERROR_INVALID_ARGUMENT);
  g_clear_error (&answer.error);
  close (fds[1]);

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  g_assert_cmpint (write (fds[1], "a\0b", 3), ==, 3);
  answer = read_secret (fds[0]);
  g_assert_error (answer.error, ICAM_ERROR, ICAM_ERROR_INVALID_ARGUMENT);
  g_clear_error (&answer.error);
  close (fds[1]);
}

/* The longest one passes. */
static void
test_longest (void)
{
  char text[ICAM_SECRET_MAX + 1] = { 0 };
  g_autoptr (IcamSecret) secret = NULL;
  Answer answer;

  memset (text, 'x', ICAM_SECRET_MAX);
  secret = icam_secret_new (text);
  answer = read_secret (icam_secret_to_pipe (secret, NULL));
  g_assert_no_error (answer.error);
  g_assert_cmpstr (icam_secret_peek (answer.secret), ==, text);
  icam_secret_unref (answer.secret);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secret/pipe", test_pipe);
  g_test_add_func ("/secret/empty", test_empty);
  g_test_add_func ("/secret/refused", test_refused);
  g_test_add_func ("/secret/longest", test_longest);
  return g_test_run ();
}
