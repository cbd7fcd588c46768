/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-reader.h"

#include "base/icam-clock.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define BEAT_US (100 * 1000)
#define BUFFER_SIZE (512 * 1024)
/* Reads of one connection in a row while others wait. */
#define MAX_ROUNDS 4
/* The same where a read is no more than a TLS record (16 KiB) or one picture. */
#define MAX_SMALL_ROUNDS 256
/* What a camera does not take of our few requests and reports. */
#define MAX_UNSENT (64 * 1024)

struct _IcamReaderConnection
{
  gatomicrefcount ref_count;
  int fd; /* the owner's; not used once removed */
  GPollableInputStream *input;   /* both NULL if what comes over fd is not encrypted */
  GPollableOutputStream *output;
  IcamReaderFuncs funcs;
  gpointer user_data;

  GMutex lock;      /* held while the reader is busy with it; guards removed and ended */
  gboolean removed, ended;
  GByteArray *rest; /* reader thread */
  int watched;      /* atomic */

  GMutex write_lock;
  GByteArray *unsent; /* under write_lock */
};

static struct
{
  GMutex lock;
  GPtrArray *connections; /* under lock; of IcamReaderConnection, referenced */
  int epoll, wake;        /* set once */
  guint8 *buffer;         /* reader thread */
} reader;

static void
connection_unref (gpointer data)
{
  IcamReaderConnection *self = data;

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_object (&self->input);
  g_clear_object (&self->output);
  g_byte_array_unref (self->rest);
  g_byte_array_unref (self->unsent);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->write_lock);
  g_free (self);
}

/* Of the stamp beside the bytes (socket(7)) in boot time; now without one. */
static gint64
arrival_of (struct msghdr *message)
{
  IcamClock *clock = icam_clock_system ();
  gint64 now = icam_clock_boottime (clock);

  for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c != NULL; c = CMSG_NXTHDR (message, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
      {
        struct timespec stamp;
        gint64 age;

        memcpy (&stamp, CMSG_DATA (c), sizeof stamp);
        age = icam_clock_utc (clock) - ((gint64) stamp.tv_sec * G_USEC_PER_SEC + stamp.tv_nsec / 1000);
        /* The clock may have been set between the stamp and now. */
        return age >= 0 && age < 10 * G_USEC_PER_SEC ? now - age : now;
      }

  return now;
}

/* How much has to come before the reader is woken for it. The kernel lets the buffer of a fast stream grow. */
static void
set_mark (IcamReaderConnection *self)
{
  int size = 0, low = 1;
  socklen_t length = sizeof size;

  if (!g_atomic_int_get (&self->watched) && getsockopt (self->fd, SOL_SOCKET, SO_RCVBUF, &size, &length) == 0 && size > 2)
    low = size / 2;
  if (setsockopt (self->fd, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof low) != 0)
    g_debug ("SO_RCVLOWAT cannot be set: %s", g_strerror (errno));
}

static void
end (IcamReaderConnection *self,
     int                   error)
{
  self->ended = TRUE;
  epoll_ctl (reader.epoll, EPOLL_CTL_DEL, self->fd, NULL);
  self->funcs.ended (error, self->user_data);
}

/* As recvmsg() does, at most @size bytes behind what was left over; errno EAGAIN when there is nothing. */
static gssize
receive (IcamReaderConnection *self,
         gsize                 size,
         gint64               *arrival_us)
{
  guint8 control[CMSG_SPACE (sizeof (struct timespec)) + 64];
  struct iovec room = { reader.buffer + self->rest->len, size };
  struct msghdr message = { .msg_iov = &room, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
  g_autoptr (GError) error = NULL;
  gssize got;

  if (self->input == NULL)
    {
      got = recvmsg (self->fd, &message, MSG_DONTWAIT);
      if (got > 0)
        *arrival_us = arrival_of (&message);
      return got;
    }

  /* The stamp of what is still encrypted, which stays where it is and is not even copied. */
  room.iov_len = G_MAXINT32;
  if (recvmsg (self->fd, &message, MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC) > 0)
    *arrival_us = arrival_of (&message);
  else
    *arrival_us = icam_clock_boottime (icam_clock_system ());

  got = g_pollable_input_stream_read_nonblocking (self->input, reader.buffer + self->rest->len, size, NULL, &error);
  if (got < 0)
    errno = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) ? EAGAIN : EPROTO;
  return got;
}

/* With the connection's lock held. Returns whether more may be there. */
static gboolean
read_once (IcamReaderConnection *self)
{
  gsize rest = self->rest->len, size = BUFFER_SIZE - rest, total, used, want;
  gint64 arrival_us = 0;
  gssize got;

  want = self->funcs.want != NULL ? self->funcs.want (self->user_data) : 0;
  if (want > 0)
    size = MIN (size, want);
  got = receive (self, size, &arrival_us);
  if (got < 0)
    {
      if (errno == EINTR)
        return TRUE;
      if (errno != EAGAIN)
        end (self, errno);
      return FALSE;
    }
  if (got == 0)
    {
      end (self, 0);
      return FALSE;
    }

  if (rest > 0)
    memcpy (reader.buffer, self->rest->data, rest);
  total = rest + (gsize) got;
  used = self->funcs.bytes (reader.buffer, total, arrival_us, self->user_data);
  g_assert (used <= total);
  g_byte_array_set_size (self->rest, 0);
  if (total - used > ICAM_READER_MAX_REST)
    {
      end (self, EPROTO);
      return FALSE;
    }
  g_byte_array_append (self->rest, reader.buffer + used, (guint) (total - used));
  /* What was decrypted and not taken is not seen by epoll: on until there is nothing. */
  return self->input != NULL || (gsize) got == size;
}

/* With the write lock held. */
static gboolean
send_unsent (IcamReaderConnection *self)
{
  gssize sent;

  if (self->unsent->len == 0)
    return TRUE;

  if (self->output != NULL)
    sent = g_pollable_output_stream_write_nonblocking (self->output, self->unsent->data, self->unsent->len, NULL, NULL);
  else
    sent = send (self->fd, self->unsent->data, self->unsent->len, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0)
    g_byte_array_remove_range (self->unsent, 0, (guint) sent);
  return self->unsent->len <= MAX_UNSENT;
}

static void
serve (IcamReaderConnection *self,
       gint64                now,
       gboolean              beat)
{
  g_mutex_lock (&self->lock);
  for (guint round = 0; round < (self->input != NULL || self->funcs.want != NULL ? MAX_SMALL_ROUNDS : MAX_ROUNDS) && !self->removed && !self->ended;
       round++)
    if (!read_once (self))
      break;

  /* Woken between two beats though nobody watches: the mark was that of a smaller buffer. */
  if (!beat && !self->removed && !self->ended && !g_atomic_int_get (&self->watched))
    set_mark (self);
  if (beat && !self->removed && !self->ended)
    {
      g_mutex_lock (&self->write_lock);
      send_unsent (self);
      g_mutex_unlock (&self->write_lock);
      self->funcs.beat (now, self->user_data);
    }
  g_mutex_unlock (&self->lock);
}

static GPtrArray *
snapshot (void)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (connection_unref);

  g_mutex_lock (&reader.lock);
  for (guint i = 0; i < reader.connections->len; i++)
    {
      IcamReaderConnection *connection = g_ptr_array_index (reader.connections, i);

      g_atomic_ref_count_inc (&connection->ref_count);
      g_ptr_array_add (copy, connection);
    }
  g_mutex_unlock (&reader.lock);
  return copy;
}

/* What epoll names may have been removed meanwhile: it is served only if it is still in the list. */
static IcamReaderConnection *
lookup (gpointer pointer)
{
  IcamReaderConnection *found = NULL;

  g_mutex_lock (&reader.lock);
  if (g_ptr_array_find (reader.connections, pointer, NULL))
    {
      found = pointer;
      g_atomic_ref_count_inc (&found->ref_count);
    }
  g_mutex_unlock (&reader.lock);
  return found;
}

static gpointer
reader_thread (gpointer data)
{
  struct epoll_event events[64];
  gint64 last_beat = 0;

  for (;;)
    {
      gint64 now = icam_clock_boottime (icam_clock_system ()), wait_us = last_beat + BEAT_US - now;
      gboolean idle;
      int count;

      g_mutex_lock (&reader.lock);
      idle = reader.connections->len == 0;
      g_mutex_unlock (&reader.lock);

      count = epoll_wait (reader.epoll, events, G_N_ELEMENTS (events), idle ? -1 : (int) (MAX (wait_us, 0) + 999) / 1000);
      now = icam_clock_boottime (icam_clock_system ());
      if (now - last_beat >= BEAT_US)
        {
          g_autoptr (GPtrArray) all = snapshot ();

          last_beat = now;
          for (guint i = 0; i < all->len; i++)
            serve (g_ptr_array_index (all, i), now, TRUE);
          count = 0;
        }

      for (int i = 0; i < count; i++)
        {
          IcamReaderConnection *connection;
          guint64 wakes;

          if (events[i].data.ptr == NULL)
            {
              if (read (reader.wake, &wakes, sizeof wakes) < 0)
                continue;
            }
          else if ((connection = lookup (events[i].data.ptr)) != NULL)
            {
              serve (connection, now, FALSE);
              connection_unref (connection);
            }
        }
    }

  return NULL;
}

static void
start_once (void)
{
  static gsize started;
  struct epoll_event event = { .events = EPOLLIN | EPOLLET };

  if (!g_once_init_enter (&started))
    return;

  reader.connections = g_ptr_array_new_with_free_func (connection_unref);
  reader.buffer = g_malloc (BUFFER_SIZE);
  reader.epoll = epoll_create1 (EPOLL_CLOEXEC);
  reader.wake = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (reader.epoll < 0 || reader.wake < 0 || epoll_ctl (reader.epoll, EPOLL_CTL_ADD, reader.wake, &event) != 0)
    g_error ("No epoll for the reader: %s", g_strerror (errno));
  g_thread_unref (g_thread_new ("icam-reader", reader_thread, NULL));
  g_once_init_leave (&started, 1);
}

/**
 * icam_reader_add:
 * @fd: a connected stream socket, which stays the caller's and open until icam_reader_remove()
 * @stream: (nullable): what reads and writes over @fd, if that is encrypted
 * @funcs: called on the reader's thread; copied
 * @user_data: for @funcs
 *
 * Returns: (transfer full): the connection
 */
IcamReaderConnection *
icam_reader_add (int                    fd,
                 GIOStream             *stream,
                 const IcamReaderFuncs *funcs,
                 gpointer               user_data)
{
  IcamReaderConnection *self = g_new0 (IcamReaderConnection, 1);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = self };
  const guint64 one = 1;
  const int on = 1;

  start_once ();
  g_atomic_ref_count_init (&self->ref_count);
  self->fd = fd;
  if (stream != NULL)
    {
      self->input = g_object_ref (G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (stream)));
      self->output = g_object_ref (G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream)));
    }
  self->funcs = *funcs;
  self->user_data = user_data;
  self->rest = g_byte_array_new ();
  self->unsent = g_byte_array_new ();
  g_mutex_init (&self->lock);
  g_mutex_init (&self->write_lock);
  if (setsockopt (fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
    g_debug ("No arrival stamps: %s", g_strerror (errno));
  icam_reader_set_watched (self, FALSE);

  g_mutex_lock (&reader.lock);
  g_atomic_ref_count_inc (&self->ref_count);
  g_ptr_array_add (reader.connections, self);
  g_mutex_unlock (&reader.lock);
  if (epoll_ctl (reader.epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    g_warning ("A connection cannot be watched: %s", g_strerror (errno));
  if (write (reader.wake, &one, sizeof one) < 0)
    g_debug ("The reader is awake already");
  return self;
}

/**
 * icam_reader_remove:
 * @self: (transfer full): a connection
 *
 * Waits for a call in flight; when it returns, nothing is called for @self any more. Not from the reader's thread.
 */
void
icam_reader_remove (IcamReaderConnection *self)
{
  g_mutex_lock (&self->lock);
  if (!self->ended)
    epoll_ctl (reader.epoll, EPOLL_CTL_DEL, self->fd, NULL);
  self->removed = TRUE;
  g_mutex_unlock (&self->lock);

  g_mutex_lock (&reader.lock);
  g_ptr_array_remove_fast (reader.connections, self);
  g_mutex_unlock (&reader.lock);
  connection_unref (self);
}

/**
 * icam_reader_set_watched:
 * @self: a connection
 * @watched: whether each packet is to be read at once, because somebody looks
 *
 * From any thread. What has come already wakes the reader too: the kernel looks anew when the mark is set (tcp_set_rcvlowat()).
 */
void
icam_reader_set_watched (IcamReaderConnection *self,
                         gboolean              watched)
{
  g_atomic_int_set (&self->watched, watched);
  set_mark (self);
}

/**
 * icam_reader_write:
 * @self: a connection
 * @data: a whole message
 * @size: in bytes
 *
 * Sends what the camera takes now and the rest on a later beat. Never blocks. From any thread.
 *
 * Returns: whether it was taken; %FALSE when the camera has not read anything for long
 */
gboolean
icam_reader_write (IcamReaderConnection *self,
                   const void           *data,
                   gsize                 size)
{
  gboolean taken;

  g_mutex_lock (&self->write_lock);
  taken = self->unsent->len + size <= MAX_UNSENT;
  if (taken)
    {
      g_byte_array_append (self->unsent, data, (guint) size);
      send_unsent (self);
    }
  g_mutex_unlock (&self->write_lock);
  return taken;
}
