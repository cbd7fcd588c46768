/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-supervisor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The death of a worker that lived so long is a first one. */
#define STEADY_US (10 * G_USEC_PER_SEC)
#define FIRST_PAUSE_MS 100
#define LAST_PAUSE_MS 30000

static pid_t
start (const char     *program,
       char          **arguments,
       const sigset_t *mask)
{
  pid_t parent = getpid ();
  pid_t child = fork ();

  if (child != 0)
    return child;

  sigprocmask (SIG_SETMASK, mask, NULL);
  /* A worker without its parent ends in order. The parent may have died before this was said. */
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  if (getppid () != parent)
    _exit (0);
  execv (program, arguments);
  _exit (127);
}

/* None after a first death, then twice as long each time. */
static guint
pause_of (guint failures)
{
  guint pause = FIRST_PAUSE_MS;

  for (guint i = 2; i < failures && pause < LAST_PAUSE_MS; i++)
    pause *= 2;

  return failures <= 1 ? 0 : MIN (pause, LAST_PAUSE_MS);
}

static gint64
now_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* Waits for one of @wanted; -1 when the time is over. */
static int
wait_signal (const sigset_t *wanted,
             guint           milliseconds)
{
  struct timespec limit = { .tv_sec = milliseconds / 1000, .tv_nsec = (long) (milliseconds % 1000) * 1000000 };
  int number;

  do
    number = sigtimedwait (wanted, NULL, &limit);
  while (number < 0 && errno == EINTR);

  return number;
}

/* Arguments with "--restarted" at the end. */
static char **
with_restarted (char **arguments)
{
  guint n = g_strv_length (arguments);
  char **more = g_new0 (char *, n + 2);

  for (guint i = 0; i < n; i++)
    more[i] = g_strdup (arguments[i]);
  more[n] = g_strdup ("--restarted");
  return more;
}

/**
 * icam_supervisor_run:
 * @program: path of the worker
 * @arguments: its arguments, the first is its name
 *
 * Starts the worker, and again when it dies: at once the first time, then after a pause that grows. Passes SIGTERM and SIGINT on and
 * ends with the worker. Blocks.
 *
 * Returns: exit code
 */
int
icam_supervisor_run (const char *program,
                     char      **arguments)
{
  g_auto (GStrv) again = with_restarted (arguments);
  gboolean ending = FALSE;
  guint failures = 0;
  sigset_t wanted, mask;

  sigemptyset (&wanted);
  sigaddset (&wanted, SIGTERM);
  sigaddset (&wanted, SIGINT);
  sigaddset (&wanted, SIGHUP);
  sigaddset (&wanted, SIGCHLD);
  sigprocmask (SIG_BLOCK, &wanted, &mask);

  for (guint run = 0; !ending; run++)
    {
      gint64 began = now_us ();
      pid_t worker = start (program, run == 0 ? arguments : again, &mask);
      int status = 0;

      if (worker < 0)
        {
          g_warning ("The recorder's worker cannot be started: %s", g_strerror (errno));
          failures++;
        }
      else
        {
          /* A signal of death may have been merged with another: ask after each. */
          while (waitpid (worker, &status, WNOHANG) == 0)
            {
              int number = sigwaitinfo (&wanted, NULL);

              if (number == SIGTERM || number == SIGINT || number == SIGHUP)
                {
                  ending = TRUE;
                  kill (worker, SIGTERM);
                }
            }

          if (WIFEXITED (status) && (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == ICAM_EXIT_FINAL))
            return WEXITSTATUS (status);
          if (ending)
            break;
          failures = now_us () - began >= STEADY_US ? 1 : failures + 1;
          if (WIFSIGNALED (status))
            g_warning ("The recorder's worker died of signal %d (%s); starting it again in %u ms", WTERMSIG (status),
                       strsignal (WTERMSIG (status)), pause_of (failures));
          else
            g_warning ("The recorder's worker ended with code %d; starting it again in %u ms", WEXITSTATUS (status),
                       pause_of (failures));
        }

      for (gint64 end = now_us () + (gint64) pause_of (failures) * 1000; !ending && now_us () < end;)
        {
          int number = wait_signal (&wanted, (guint) ((end - now_us ()) / 1000 + 1));

          ending = number == SIGTERM || number == SIGINT || number == SIGHUP;
        }
    }

  return 0;
}
