/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-secret.h"

#include "base/icam-error.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct _IcamSecret
{
  gatomicrefcount ref_count;
  char *text; /* in a page of its own */
};

/* A page holds one secret: mlock() works on pages, and a neighbour's munlock() would unlock ours. */
#define PAGE_LENGTH 4096
G_STATIC_ASSERT (ICAM_SECRET_MAX < PAGE_LENGTH);

G_DEFINE_BOXED_TYPE (IcamSecret, icam_secret, icam_secret_ref, icam_secret_unref)

/**
 * icam_secret_wipe:
 * @memory: what to overwrite with zeros
 * @length: in bytes
 *
 * The compiler may not leave this out.
 */
void
icam_secret_wipe (void *memory,
                  gsize length)
{
  explicit_bzero (memory, length);
}

static char *
new_page (void)
{
  char *page = mmap (NULL, PAGE_LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (page == MAP_FAILED)
    g_error ("No memory for a password");
  /* Without the right to lock memory it is still kept out of core files, and wiped. */
  if (mlock (page, PAGE_LENGTH) != 0)
    g_debug ("A password's page cannot be locked: %s", g_strerror (errno));
  madvise (page, PAGE_LENGTH, MADV_DONTDUMP);
  return page;
}

static IcamSecret *
new_from_page (char *page)
{
  IcamSecret *self = g_new0 (IcamSecret, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->text = page;
  return self;
}

/**
 * icam_secret_new:
 * @text: (nullable): a password of at most %ICAM_SECRET_MAX bytes; what is beyond is a programmer's error. The caller wipes its own copy.
 *
 * Returns: (transfer full): the secret
 */
IcamSecret *
icam_secret_new (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;
  char *page;

  g_return_val_if_fail (length <= ICAM_SECRET_MAX, NULL);

  page = new_page ();
  memcpy (page, text != NULL ? text : "", length);
  return new_from_page (page);
}

/**
 * icam_secret_ref:
 * @self: a secret
 *
 * Returns: (transfer full): @self
 */
IcamSecret *
icam_secret_ref (IcamSecret *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * icam_secret_unref:
 * @self: (transfer full): a secret; wiped with its last reference
 */
void
icam_secret_unref (IcamSecret *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  icam_secret_wipe (self->text, PAGE_LENGTH);
  munmap (self->text, PAGE_LENGTH);
  g_free (self);
}

/**
 * icam_secret_peek:
 * @self: a secret
 *
 * Returns: (transfer none): its text, never to be logged, stored or copied without being wiped
 */
const char *
icam_secret_peek (IcamSecret *self)
{
  return self->text;
}

/**
 * icam_secret_is_empty:
 * @self: (nullable): a secret
 *
 * Returns: whether there is no password
 */
gboolean
icam_secret_is_empty (IcamSecret *self)
{
  return self == NULL || self->text[0] == '\0';
}

/**
 * icam_secret_to_pipe:
 * @self: a secret
 * @error: return location
 *
 * Returns: the reading end of a pipe that holds the password and ends, owned by the caller; -1 on error
 */
int
icam_secret_to_pipe (IcamSecret *self,
                     GError    **error)
{
  int fds[2];
  gsize length = strlen (self->text);

  if (pipe2 (fds, O_CLOEXEC) != 0 || (length > 0 && write (fds[1], self->text, length) != (gssize) length))
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
                   "The password cannot be handed over: %s", g_strerror (saved));
      return -1;
    }

  close (fds[1]);
  return fds[0];
}

typedef struct
{
  GInputStream *stream;
  char *page;
  gsize length;
} Reading;

static void
reading_free (Reading *reading)
{
  g_clear_object (&reading->stream);
  if (reading->page != NULL)
    {
      icam_secret_wipe (reading->page, PAGE_LENGTH);
      munmap (reading->page, PAGE_LENGTH);
    }
  g_free (reading);
}

static void read_more (GTask *task);

static void
on_read (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Reading *reading = g_task_get_task_data (task);
  GError *error = NULL;
  gssize got = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (got < 0)
    {
      g_task_return_error (task, error);
      return;
    }

  reading->length += (gsize) got;
  if (reading->length > ICAM_SECRET_MAX || memchr (reading->page, '\0', reading->length) != NULL)
    {
      g_task_return_error (task, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "password", NULL));
      return;
    }

  if (got > 0)
    read_more (task);
  else
    g_task_return_pointer (task, new_from_page (g_steal_pointer (&reading->page)),
                           (GDestroyNotify) icam_secret_unref);
}

static void
read_more (GTask *task)
{
  Reading *reading = g_task_get_task_data (task);

  g_input_stream_read_async (reading->stream, reading->page + reading->length,
                             ICAM_SECRET_MAX + 1 - reading->length, G_PRIORITY_DEFAULT,
                             g_task_get_cancellable (task), on_read, g_object_ref (task));
}

/**
 * icam_secret_read_async:
 * @fd: (transfer full): the reading end of a pipe; closed when done
 * @cancellable: (nullable): a caller sets a time limit with it: who holds the other end may never write
 * @callback: called when the pipe ended
 * @user_data: for @callback
 */
void
icam_secret_read_async (int                  fd,
                        GCancellable        *cancellable,
                        GAsyncReadyCallback  callback,
                        gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Reading *reading = g_new0 (Reading, 1);

  g_task_set_source_tag (task, icam_secret_read_async);
  g_task_set_task_data (task, reading, (GDestroyNotify) reading_free);
  reading->stream = g_unix_input_stream_new (fd, TRUE);
  reading->page = new_page ();
  read_more (task);
}

/**
 * icam_secret_read_finish:
 * @result: a result
 * @error: return location; ICAM_ERROR_INVALID_ARGUMENT when it is too long or has a NUL
 *
 * Returns: (transfer full): the secret
 */
IcamSecret *
icam_secret_read_finish (GAsyncResult *result,
                         GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
