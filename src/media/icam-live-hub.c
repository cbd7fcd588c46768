/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-live-hub.h"

#include "base/icam-clock.h"
#include "media/icam-bitstream.h"
#include "media/icam-frame-time.h"
#include "media/icam-live-hub-private.h"
#include "media/icam-media-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of the groups of all streams together. */
#define MAX_KEPT ((gsize) 256 * 1024 * 1024)
/* What the thread takes from a viewer's queue at a time: the rest can still be cut. */
#define MAX_OUT 8
#define N_BUCKETS 6

struct _IcamLiveHub
{
  GObject parent_instance;

  int epoll_fd, event_fd;
  GThread *thread;

  GMutex lock;          /* guards what follows, and the streams */
  GPtrArray *viewers;   /* of IcamLiveViewer; removed by the thread alone */
  gsize kept;           /* bytes of the groups of all streams */
  gboolean woken, stop;
};

struct _IcamLiveStream
{
  GObject parent_instance;

  IcamLiveHub *hub;
  IcamUuid channel;
  IcamRole role;

  /* Under the hub's lock. */
  guint32 epoch;
  gboolean unverified;
  IcamCodec codec;
  IcamLiveItem *caps, *state;
  GQueue group; /* of IcamLiveItem: the current group of pictures */
  gsize group_size;
  gint64 first_utc_us, newest_us;
  guint n_viewers;
  struct
  {
    gint64 second; /* of boot time */
    guint64 bytes, frames;
  } buckets[N_BUCKETS];
};

G_DEFINE_FINAL_TYPE (IcamLiveHub, icam_live_hub, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE (IcamLiveStream, icam_live_stream, G_TYPE_OBJECT)

/* With the lock held. */
static void
wake (IcamLiveHub *self)
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
  if (viewer->stream != NULL)
    viewer->stream->n_viewers--;
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
    }
}

static void
icam_live_hub_finalize (GObject *object)
{
  IcamLiveHub *self = ICAM_LIVE_HUB (object);

  g_mutex_lock (&self->lock);
  self->stop = TRUE;
  self->woken = FALSE;
  wake (self);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);

  for (guint i = 0; i < self->viewers->len; i++)
    icam_live_viewer_free (g_ptr_array_index (self->viewers, i));
  g_ptr_array_unref (self->viewers);
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
  stream->channel = *channel;
  stream->role = role;
  return stream;
}

static void
fill_header (IcamLiveStream *self,
             IcamLiveKind    kind,
             IcamLiveHeader *header)
{
  *header = (IcamLiveHeader){
    .kind = kind,
    .role = self->role,
    .codec = self->codec,
    .flags = self->unverified ? ICAM_LIVE_UNVERIFIED : 0,
    .channel = self->channel,
    .epoch = self->epoch,
  };
}

/* With the lock held. */
static void
drop_group (IcamLiveStream *self)
{
  g_queue_clear_full (&self->group, (GDestroyNotify) icam_live_item_unref);
  self->hub->kept -= self->group_size;
  self->group_size = 0;
}

/* With the lock held: to everybody who looks at this stream. */
static void
distribute (IcamLiveStream *self,
            IcamLiveItem   *item)
{
  GPtrArray *viewers = self->hub->viewers;

  if (self->n_viewers == 0)
    return;

  for (guint i = 0; i < viewers->len; i++)
    {
      IcamLiveViewer *viewer = g_ptr_array_index (viewers, i);

      if (viewer->stream != self || viewer->dead)
        continue;
      if (item->header.kind == ICAM_LIVE_FRAME)
        icam_live_viewer_push (viewer, item);
      else
        icam_live_viewer_add (viewer, item, 0);
    }
  wake (self->hub);
}

/**
 * icam_live_stream_set_epoch:
 * @self: a stream
 * @epoch: the epoch that what comes belongs to
 */
void
icam_live_stream_set_epoch (IcamLiveStream *self,
                            guint32         epoch)
{
  g_return_if_fail (ICAM_IS_LIVE_STREAM (self));

  g_mutex_lock (&self->hub->lock);
  self->epoch = epoch;
  g_mutex_unlock (&self->hub->lock);
}

/**
 * icam_live_stream_set_unverified:
 * @self: a stream
 * @unverified: whether the device's identity is unknown; told with every record from now on
 */
void
icam_live_stream_set_unverified (IcamLiveStream *self,
                                 gboolean        unverified)
{
  g_return_if_fail (ICAM_IS_LIVE_STREAM (self));

  g_mutex_lock (&self->hub->lock);
  self->unverified = unverified;
  g_mutex_unlock (&self->hub->lock);
}

/**
 * icam_live_stream_set_state:
 * @self: a stream
 * @state: a frozen code's name ("live", "connecting", "camera-silent", …)
 */
void
icam_live_stream_set_state (IcamLiveStream *self,
                            const char     *state)
{
  g_autoptr (GBytes) bytes = NULL;
  IcamLiveHeader header;

  g_return_if_fail (ICAM_IS_LIVE_STREAM (self));
  g_return_if_fail (state != NULL);

  bytes = g_bytes_new (state, strlen (state));
  g_mutex_lock (&self->hub->lock);
  fill_header (self, ICAM_LIVE_STATE, &header);
  header.utc_us = icam_clock_utc (icam_clock_system ());
  g_clear_pointer (&self->state, icam_live_item_unref);
  self->state = icam_live_item_new_bytes (&header, bytes);
  if (!g_str_equal (state, "live"))
    drop_group (self);
  distribute (self, self->state);
  g_mutex_unlock (&self->hub->lock);
}

/**
 * icam_live_stream_set_caps:
 * @self: a stream
 * @caps: of the buffers that come from now on; H.264 as avc, H.265 as hvc1
 */
void
icam_live_stream_set_caps (IcamLiveStream *self,
                           GstCaps        *caps)
{
  g_autoptr (GBytes) private_data = NULL;
  g_autoptr (GBytes) params = NULL;
  g_autoptr (GBytes) payload = NULL;
  const GstStructure *s;
  IcamCodec codec;
  IcamLiveCaps live = { 0 };
  IcamLiveHeader header;
  int width = 0, height = 0;

  g_return_if_fail (ICAM_IS_LIVE_STREAM (self));

  codec = icam_media_codec_from_caps (caps, &private_data);
  if (!icam_codec_is_video (codec))
    return;
  if (private_data != NULL)
    params = icam_bitstream_params_to_annex_b (codec, g_bytes_get_data (private_data, NULL),
                                               g_bytes_get_size (private_data), NULL);

  s = gst_caps_get_structure (caps, 0);
  gst_structure_get_int (s, "width", &width);
  gst_structure_get_int (s, "height", &height);
  live.width = (guint) CLAMP (width, 0, 16384);
  live.height = (guint) CLAMP (height, 0, 16384);
  if (params != NULL)
    live.private_data = g_bytes_get_data (params, &live.private_size);
  payload = icam_live_caps_write (&live);
  if (payload == NULL)
    return;

  g_mutex_lock (&self->hub->lock);
  if (self->caps == NULL || codec != self->codec || !g_bytes_equal (self->caps->bytes, payload))
    {
      self->codec = codec;
      fill_header (self, ICAM_LIVE_CAPS, &header);
      g_clear_pointer (&self->caps, icam_live_item_unref);
      self->caps = icam_live_item_new_bytes (&header, payload);
      drop_group (self);
      distribute (self, self->caps);
    }
  g_mutex_unlock (&self->hub->lock);
}

/* With the lock held. */
static void
count (IcamLiveStream *self,
       gsize           bytes,
       gint64          now_us)
{
  gint64 second = now_us / G_USEC_PER_SEC;
  guint i = (guint) (second % N_BUCKETS);

  if (self->buckets[i].second != second)
    {
      self->buckets[i].second = second;
      self->buckets[i].bytes = self->buckets[i].frames = 0;
    }
  self->buckets[i].bytes += bytes;
  self->buckets[i].frames++;
}

/**
 * icam_live_stream_push:
 * @self: a stream
 * @buffer: an access unit of the caps that were set
 *
 * Keeps a reference for as long as its group of pictures is the current one. Never blocks.
 */
void
icam_live_stream_push (IcamLiveStream *self,
                       GstBuffer      *buffer)
{
  g_autoptr (IcamLiveItem) item = NULL;
  IcamLiveHeader header;
  gboolean key;
  gint64 utc_us;

  g_return_if_fail (ICAM_IS_LIVE_STREAM (self));

  utc_us = icam_frame_time_get_utc (buffer);
  if (utc_us < 0)
    utc_us = icam_clock_utc (icam_clock_system ());

  g_mutex_lock (&self->hub->lock);
  if (self->caps == NULL)
    goto out;

  key = self->codec == ICAM_CODEC_MJPEG || !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (self->first_utc_us == 0)
    self->first_utc_us = utc_us;
  fill_header (self, ICAM_LIVE_FRAME, &header);
  if (key)
    header.flags |= ICAM_LIVE_KEY;
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT))
    header.flags |= ICAM_LIVE_DISCONT;
  header.utc_us = utc_us;
  header.pts_us = GST_BUFFER_PTS_IS_VALID (buffer) ? (gint64) (GST_BUFFER_PTS (buffer) / 1000)
                                                   : utc_us - self->first_utc_us;
  header.dts_us = GST_BUFFER_DTS_IS_VALID (buffer) ? (gint64) (GST_BUFFER_DTS (buffer) / 1000)
                                                   : header.pts_us;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    header.duration_us = (guint32) MIN (GST_BUFFER_DURATION (buffer) / 1000, G_MAXUINT32);

  item = icam_live_item_new_frame (&header, buffer);
  if (item == NULL)
    goto out;

  self->newest_us = utc_us;
  count (self, item->header.length, item->made_us);
  if (key)
    drop_group (self);
  if (key || self->group.length > 0)
    {
      if (self->group_size + item->header.length > ICAM_LIVE_MAX_GROUP || self->hub->kept + item->header.length > MAX_KEPT)
        drop_group (self); /* whoever comes now waits for the next key frame */
      else
        {
          g_queue_push_tail (&self->group, icam_live_item_ref (item));
          self->group_size += item->header.length;
          self->hub->kept += item->header.length;
        }
    }
  distribute (self, item);

out:
  g_mutex_unlock (&self->hub->lock);
}

/**
 * icam_live_stream_open:
 * @self: a stream
 * @error: return location; G_IO_ERROR
 *
 * Returns: the viewer's end of a socket pair, owned by the caller, or -1
 */
int
icam_live_stream_open (IcamLiveStream *self,
                       GError        **error)
{
  struct epoll_event event = { .events = EPOLLRDHUP };
  IcamLiveViewer *viewer;
  int fds[2];

  g_return_val_if_fail (ICAM_IS_LIVE_STREAM (self), -1);

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
                   "No socket for live pictures: %s", g_strerror (saved));
      return -1;
    }

  viewer = icam_live_viewer_new (fds[0], self);
  event.data.ptr = viewer;

  g_mutex_lock (&self->hub->lock);
  if (epoll_ctl (self->hub->epoll_fd, EPOLL_CTL_ADD, fds[0], &event) < 0)
    {
      int saved = errno;

      g_mutex_unlock (&self->hub->lock);
      icam_live_viewer_free (viewer);
      close (fds[1]);
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
                   "Live pictures cannot be watched: %s", g_strerror (saved));
      return -1;
    }

  g_ptr_array_add (self->hub->viewers, viewer);
  self->n_viewers++;
  if (self->caps != NULL)
    icam_live_viewer_add (viewer, self->caps, 0);
  if (self->state != NULL)
    icam_live_viewer_add (viewer, self->state, 0);
  /* All but the newest are only there so that the newest can be decoded. */
  for (GList *l = self->group.head; l != NULL; l = l->next)
    icam_live_viewer_add (viewer, l->data, l->next != NULL ? ICAM_LIVE_PAST : 0);
  viewer->given = self->group_size;
  viewer->wait_key = self->group.length == 0;
  wake (self->hub);
  g_mutex_unlock (&self->hub->lock);

  return fds[1];
}

/**
 * icam_live_stream_get_viewers:
 * @self: a stream
 *
 * Returns: how many look
 */
guint
icam_live_stream_get_viewers (IcamLiveStream *self)
{
  guint n;

  g_return_val_if_fail (ICAM_IS_LIVE_STREAM (self), 0);

  g_mutex_lock (&self->hub->lock);
  n = self->n_viewers;
  g_mutex_unlock (&self->hub->lock);
  return n;
}

/**
 * icam_live_stream_get_rates:
 * @self: a stream
 * @rates: (out): means over the last five whole seconds
 */
void
icam_live_stream_get_rates (IcamLiveStream *self,
                            IcamLiveRates  *rates)
{
  gint64 now = icam_clock_boottime (icam_clock_system ()) / G_USEC_PER_SEC;
  guint64 bytes = 0, frames = 0;

  g_return_if_fail (ICAM_IS_LIVE_STREAM (self));

  g_mutex_lock (&self->hub->lock);
  for (guint i = 0; i < N_BUCKETS; i++)
    if (self->buckets[i].second < now && self->buckets[i].second >= now - (N_BUCKETS - 1))
      {
        bytes += self->buckets[i].bytes;
        frames += self->buckets[i].frames;
      }
  rates->bytes_per_second = (double) bytes / (N_BUCKETS - 1);
  rates->frames_per_second = (double) frames / (N_BUCKETS - 1);
  rates->newest_us = self->newest_us;
  g_mutex_unlock (&self->hub->lock);
}

static void
icam_live_stream_dispose (GObject *object)
{
  IcamLiveStream *self = ICAM_LIVE_STREAM (object);

  if (self->hub != NULL)
    {
      g_mutex_lock (&self->hub->lock);
      for (guint i = 0; i < self->hub->viewers->len; i++)
        {
          IcamLiveViewer *viewer = g_ptr_array_index (self->hub->viewers, i);

          if (viewer->stream == self)
            {
              viewer->stream = NULL;
              viewer->dead = TRUE;
            }
        }
      self->n_viewers = 0;
      wake (self->hub);
      drop_group (self);
      g_clear_pointer (&self->caps, icam_live_item_unref);
      g_clear_pointer (&self->state, icam_live_item_unref);
      g_mutex_unlock (&self->hub->lock);
    }
  g_clear_object (&self->hub);

  G_OBJECT_CLASS (icam_live_stream_parent_class)->dispose (object);
}

static void
icam_live_stream_class_init (IcamLiveStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_live_stream_dispose;
}

static void
icam_live_stream_init (IcamLiveStream *self)
{
  g_queue_init (&self->group);
}
