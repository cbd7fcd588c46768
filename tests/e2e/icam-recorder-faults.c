/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Linked with the recorder's own main file: the whole recorder, which a test can have killed at a step of its order of writes, and whose
 * clock it can set. Never installed. $ICAM_FAULTS names a folder (see faults.py):
 *
 *   die    a line a death, "STEP COUNT": at the COUNTth time that a process comes to that step it kills itself, and the line goes
 *   died   gets a line a death: "STEP UTC", µs
 *   clock  two numbers of 64 bits: how far the clock is ahead, µs; whether the kernel says that it is kept right
 *
 * Besides the steps that icam_disk_set_fault() tells there are two that SQLite knows: "wal", before a page is written to the catalogue's log,
 * and "checkpoint", before one of them is written to the catalogue itself. Checkpoints come often here. */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include "archive/icam-disk.h"
#include "base/icam-clock.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timex.h>
#include <unistd.h>

#define PAGES_A_CHECKPOINT 60
#define LOOK_MS 20

typedef struct
{
  gint64 ahead_us;
  gint64 kept; /* as the kernel says */
} Clock;

static const char *folder;
static char *die_path;
static const volatile Clock *clock_file;
static gint64 (*real_utc) (IcamClock *self);
static gint64 ahead_told;

/* ---- dying ---- */

static void
on_step (const char *step, gpointer unused)
{
  static GMutex lock;
  static char *armed;
  static int seen;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  g_autofree char *text = NULL, *died = NULL, *rest = NULL;
  g_auto (GStrv) words = NULL;
  char *end;
  FILE *file;

  if (!g_file_get_contents (die_path, &text, NULL, NULL) || (end = strchr (text, '\n')) == NULL)
    return;
  *end = '\0';
  if (g_strcmp0 (text, armed) != 0)
    {
      g_free (armed);
      armed = g_strdup (text);
      seen = 0;
    }
  words = g_strsplit (text, " ", 2);
  if (strcmp (words[0], step) != 0 || words[1] == NULL || ++seen < atoi (words[1]))
    return;

  rest = g_strconcat (die_path, ".rest", NULL);
  if (end[1] == '\0')
    g_unlink (die_path);
  else if (g_file_set_contents (rest, end + 1, -1, NULL))
    g_rename (rest, die_path);
  died = g_build_filename (folder, "died", NULL);
  file = fopen (died, "ae");
  if (file != NULL)
    {
      fprintf (file, "%s %" G_GINT64_FORMAT "\n", step, g_get_real_time ());
      fclose (file);
    }
  kill (getpid (), SIGKILL);
}

/* ---- SQLite ---- */

static int (*real_pwrite) (int fd, const void *data, size_t size, off_t offset);
static int (*real_write) (int fd, const void *data, size_t size);

static void
note_write (int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree char *path = g_file_read_link (link, NULL);

  if (path != NULL && g_str_has_suffix (path, "/catalogue.sqlite"))
    on_step ("checkpoint", NULL);
  else if (path != NULL && g_str_has_suffix (path, "/catalogue.sqlite-wal"))
    on_step ("wal", NULL);
}

static int
noted_pwrite (int fd, const void *data, size_t size, off_t offset)
{
  note_write (fd);
  return real_pwrite (fd, data, size, offset);
}

static int
noted_write (int fd, const void *data, size_t size)
{
  note_write (fd);
  return real_write (fd, data, size);
}

static int
on_database (sqlite3 *database, char **message, const void *api)
{
  return sqlite3_wal_autocheckpoint (database, PAGES_A_CHECKPOINT);
}

static void
watch_sqlite (void)
{
  sqlite3_vfs *vfs;

  sqlite3_initialize ();
  vfs = sqlite3_vfs_find (NULL);
  real_pwrite = (int (*) (int, const void *, size_t, off_t)) vfs->xGetSystemCall (vfs, "pwrite64");
  if (real_pwrite != NULL)
    vfs->xSetSystemCall (vfs, "pwrite64", (sqlite3_syscall_ptr) noted_pwrite);
  real_write = (int (*) (int, const void *, size_t)) vfs->xGetSystemCall (vfs, "write");
  vfs->xSetSystemCall (vfs, "write", (sqlite3_syscall_ptr) noted_write);
  sqlite3_auto_extension ((void (*) (void)) on_database);
}

/* ---- the clock ---- */

static gint64
shifted_utc (IcamClock *self)
{
  return real_utc (self) + clock_file->ahead_us;
}

static gboolean
look_at_clock (gpointer unused)
{
  gint64 ahead = clock_file->ahead_us;

  if (ahead != ahead_told)
    {
      ahead_told = ahead;
      g_signal_emit_by_name (icam_clock_system (), "stepped");
    }
  return G_SOURCE_CONTINUE;
}

/* In place of the C library's: the real clock is not ours to set. */
int
adjtimex (struct timex *state)
{
  gboolean kept = clock_file != NULL && clock_file->kept != 0;

  memset (state, 0, sizeof *state);
  state->status = kept ? 0 : STA_UNSYNC;
  return kept ? TIME_OK : TIME_ERROR;
}

static void
shift_clock (void)
{
  g_autofree char *path = g_build_filename (folder, "clock", NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  IcamClockClass *klass;
  void *map;

  if (fd < 0)
    return;
  map = mmap (NULL, sizeof (Clock), PROT_READ, MAP_SHARED, fd, 0);
  close (fd);
  if (map == MAP_FAILED)
    return;
  clock_file = map;
  ahead_told = clock_file->ahead_us;
  klass = g_type_class_ref (ICAM_TYPE_CLOCK);
  real_utc = klass->utc;
  klass->utc = shifted_utc;
  g_timeout_add (LOOK_MS, look_at_clock, NULL);
}

__attribute__ ((constructor)) static void
begin (void)
{
  folder = g_getenv ("ICAM_FAULTS");
  if (folder == NULL)
    return;
  die_path = g_build_filename (folder, "die", NULL);
  icam_disk_set_fault (on_step, NULL);
  watch_sqlite ();
  shift_clock ();
}
