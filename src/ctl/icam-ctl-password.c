/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved_termios;
static volatile sig_atomic_t echo_is_off;

static void
restore_echo (void)
{
  if (echo_is_off)
    {
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &saved_termios);
      echo_is_off = 0;
    }
}

static void
on_signal (int number)
{
  /* tcsetattr() is safe here (signal-safety(7)); then the signal does what it does. */
  restore_echo ();
  signal (number, SIG_DFL);
  raise (number);
}

/* One line of standard input, byte by byte: nothing of it lingers in a buffer of stdio. FALSE at the end of input with nothing read. */
static gboolean
read_line (char  *line,
           gsize  size,
           gsize *length)
{
  gboolean any = FALSE;

  *length = 0;
  for (;;)
    {
      char c;
      gssize got = read (STDIN_FILENO, &c, 1);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        return any;
      any = TRUE;
      if (c == '\n')
        return TRUE;
      if (*length < size)
        line[*length] = c;
      (*length)++;
    }
}

/**
 * icam_ctl_read_password:
 * @ctl: for what goes wrong
 * @prompt: what to ask a person for
 * @error: return location
 *
 * From a prompt without echo if standard input is a terminal, else the first line of standard input.
 *
 * Returns: (transfer full) (nullable): the password
 */
IcamSecret *
icam_ctl_read_password (IcamCtl    *ctl,
                        const char *prompt,
                        GError    **error)
{
  char line[ICAM_SECRET_MAX + 1];
  gboolean is_terminal = isatty (STDIN_FILENO);
  IcamSecret *secret = NULL;
  gsize length;
  gboolean any;

  if (is_terminal)
    {
      struct termios quiet;
      struct sigaction action = { .sa_handler = on_signal };
      struct sigaction old_int, old_term;

      fprintf (stderr, "%s", prompt);
      fflush (stderr);
      sigaction (SIGINT, &action, &old_int);
      sigaction (SIGTERM, &action, &old_term);
      if (tcgetattr (STDIN_FILENO, &saved_termios) == 0)
        {
          quiet = saved_termios;
          quiet.c_lflag &= ~(tcflag_t) ECHO;
          echo_is_off = 1;
          tcsetattr (STDIN_FILENO, TCSAFLUSH, &quiet);
        }
      any = read_line (line, ICAM_SECRET_MAX, &length);
      restore_echo ();
      sigaction (SIGINT, &old_int, NULL);
      sigaction (SIGTERM, &old_term, NULL);
      fputc ('\n', stderr);
    }
  else
    {
      any = read_line (line, ICAM_SECRET_MAX, &length);
    }

  if (!any)
    icam_error_set (error, ICAM_ERROR_PASSWORD_NEEDED, NULL, NULL);
  else if (length > ICAM_SECRET_MAX || memchr (line, '\0', length) != NULL)
    icam_error_set (error, ICAM_ERROR_INVALID_ARGUMENT, "what", "password", NULL);
  else
    {
      line[length] = '\0';
      secret = icam_secret_new (line);
    }

  icam_secret_wipe (line, sizeof line);
  return secret;
}

/**
 * icam_ctl_read_answer:
 * @prompt: a question
 *
 * Returns: (transfer full) (nullable): the line that a person wrote; %NULL without a terminal
 */
char *
icam_ctl_read_answer (const char *prompt)
{
  char line[256];
  gsize length;

  if (!isatty (STDIN_FILENO))
    return NULL;

  fprintf (stderr, "%s", prompt);
  fflush (stderr);
  if (!read_line (line, sizeof line - 1, &length))
    return NULL;
  line[MIN (length, sizeof line - 1)] = '\0';
  return g_strstrip (g_strdup (line));
}
