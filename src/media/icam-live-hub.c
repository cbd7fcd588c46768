/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-live-hub-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* What the thread takes from a viewer's queue at a time: the rest can still be cut. */
#define MAX_OUT 8

G_DEFINE_FINAL_TYPE (IcamLiveHub, icam_live_hub, G_TYPE_OBJECT)

/**
 * icam_live_hub_wake:
 * @self: a hub whose lock is held
 *
 * There is something to send.
 */
void
icam_live_hub_wake (IcamLiveHub *self)
{
  guint64 one = 1;

  if (self->woken)
    return;

  self->woken = TRUE;
  if (write (self->event_fd, &one, sizeof one) < 0 && errno != EAGAIN)
    g_warning ("The live hub cannot be woken: %s", g_strerror (errno));
}

static void
remove_viewer (IcamLiveHub    *self,
               IcamLiveViewer *viewer)
{
  epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, viewer->fd, NULL);
  if (viewer->stream != NULL && --viewer->stream->watch->n_viewers == 0)
    g_ptr_array_add (self->left, icam_live_watch_ref (viewer->stream->watch));
  g_ptr_array_remove_fast (self->viewers, viewer);
  icam_live_viewer_free (viewer);
}

/* On the thread, with the lock held; lets go of it while it sends, so that whoever pushes never waits for a socket. Only this thread
 * frees viewers. Returns whether there is more to send than was taken. */
static gboolean
serve (IcamLiveHub    *self,
       IcamLiveViewer *viewer)
{
  gboolean ok;

  if (viewer->dead)
    {
      remove_viewer (self, viewer);
      return FALSE;
    }
  if (viewer->blocked)
    return FALSE;

  while (viewer->out.length < MAX_OUT && viewer->queue.length > 0)
    {
      IcamLiveEntry *entry = g_queue_pop_head (&viewer->queue);

      viewer->queued -= ICAM_LIVE_HEADER_SIZE + entry->item->header.length;
      g_queue_push_tail (&viewer->out, entry);
    }
  if (viewer->out.length == 0)
    return FALSE;

  g_mutex_unlock (&self->lock);
  ok = icam_live_viewer_send (viewer);
  if (ok && viewer->blocked)
    {
      struct epoll_event event = { .events = EPOLLOUT | EPOLLRDHUP, .data.ptr = viewer };

      epoll_ctl (self->epoll_fd, EPOLL_CTL_MOD, viewer->fd, &event);
    }
  g_mutex_lock (&self->lock);

  if (!ok)
    {
      remove_viewer (self, viewer);
      return FALSE;
    }
  return !viewer->blocked && viewer->queue.length > 0;
}

static gpointer
hub_thread (gpointer data)
{
  IcamLiveHub *self = data; /* joined before it is gone */
  struct epoll_event events[32];

  for (;;)
    {
      int n = epoll_wait (self->epoll_fd, events, G_N_ELEMENTS (events), -1);
      gboolean more;

      if (n < 0 && errno != EINTR)
        {
          g_critical ("The live hub cannot wait: %s", g_strerror (errno));
          return NULL;
        }

      g_mutex_lock (&self->lock);
      for (int i = 0; i < n; i++)
        {
          IcamLiveViewer *viewer = events[i].data.ptr;

          if (viewer == NULL)
            {
              guint64 count;

              if (read (self->event_fd, &count, sizeof count) < 0 && errno != EAGAIN)
                g_warning ("The live hub's event: %s", g_strerror (errno));
            }
          else if (events[i].events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR))
            viewer->dead = TRUE;
          else if (viewer->blocked)
            {
              struct epoll_event event = { .events = EPOLLRDHUP, .data.ptr = viewer };

              viewer->blocked = FALSE;
              epoll_ctl (self->epoll_fd, EPOLL_CTL_MOD, viewer->fd, &event);
            }
        }
      self->woken = FALSE;

      do
        {
          more = FALSE;
          /* Backwards: a viewer that is removed is replaced by the last one. */
          for (guint i = self->viewers->len; i > 0 && !self->stop; i--)
            more |= i <= self->viewers->len && serve (self, g_ptr_array_index (self->viewers, i - 1));
        }
      while (more && !self->stop);

      if (self->stop)
        {
          g_mutex_unlock (&self->lock);
          return NULL;
        }
      g_mutex_unlock (&self->lock);

      for (guint i = 0; i < self->left->len; i++)
        icam_live_watch_tell (g_ptr_array_index (self->left, i), self);
      g_ptr_array_set_size (self->left, 0);
    }
}

static void
icam_live_hub_finalize (GObject *object)
{
  IcamLiveHub *self = ICAM_LIVE_HUB (object);

  g_mutex_lock (&self->lock);
  self->stop = TRUE;
  self->woken = FALSE;
  icam_live_hub_wake (self);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);

  for (guint i = 0; i < self->viewers->len; i++)
    icam_live_viewer_free (g_ptr_array_index (self->viewers, i));
  g_ptr_array_unref (self->viewers);
  g_ptr_array_unref (self->left);
  close (self->epoll_fd);
  close (self->event_fd);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (icam_live_hub_parent_class)->finalize (object);
}

static void
icam_live_hub_class_init (IcamLiveHubClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_live_hub_finalize;
}

static void
icam_live_hub_init (IcamLiveHub *self)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

  g_mutex_init (&self->lock);
  self->viewers = g_ptr_array_new ();
  self->left = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_live_watch_unref);
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  self->event_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->epoll_fd < 0 || self->event_fd < 0
      || epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, self->event_fd, &event) < 0)
    g_error ("The live hub has no descriptors: %s", g_strerror (errno));
  self->thread = g_thread_new ("icam-live-hub", hub_thread, self);
}

/**
 * icam_live_hub_new:
 *
 * Returns: (transfer full): a hub with its thread
 */
IcamLiveHub *
icam_live_hub_new (void)
{
  return g_object_new (ICAM_TYPE_LIVE_HUB, NULL);
}

/**
 * icam_live_hub_get_kept:
 * @self: a hub
 *
 * Returns: bytes of the current groups of pictures of all streams, which are kept for whoever comes to look
 */
gsize
icam_live_hub_get_kept (IcamLiveHub *self)
{
  g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (ICAM_IS_LIVE_HUB (self), 0);

  locker = g_mutex_locker_new (&self->lock);
  return self->kept;
}

/**
 * icam_live_hub_add_stream:
 * @self: a hub
 * @channel: whose pictures they are; every record carries it
 * @role: which of its streams
 *
 * Returns: (transfer full): the stream, which keeps the hub
 */
IcamLiveStream *
icam_live_hub_add_stream (IcamLiveHub    *self,
                          const IcamUuid *channel,
                          IcamRole        role)
{
  IcamLiveStream *stream;

  g_return_val_if_fail (ICAM_IS_LIVE_HUB (self), NULL);

  stream = g_object_new (ICAM_TYPE_LIVE_STREAM, NULL);
  stream->hub = g_object_ref (self);
  stream->watch = icam_live_watch_new ();
  stream->channel = *channel;
  stream->role = role;
  return stream;
}
