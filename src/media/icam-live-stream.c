/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-live-hub-private.h"

#include "base/icam-clock.h"
#include "media/icam-bitstream.h"
#include "media/icam-frame-time.h"
#include "media/icam-media-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of the groups of all streams together. */
#define MAX_KEPT ((gsize) 256 * 1024 * 1024)

G_DEFINE_FINAL_TYPE (IcamLiveStream, icam_live_stream, G_TYPE_OBJECT)

/* ---- who is told ---- */

/**
 * icam_live_watch_new:
 *
 * Returns: (transfer full): of a stream at which nobody looks
 */
IcamLiveWatch *
icam_live_watch_new (void)
{
  IcamLiveWatch *self = g_new0 (IcamLiveWatch, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  return self;
}

/**
 * icam_live_watch_ref:
 * @self: a watch
 *
 * Returns: (transfer full): @self
 */
IcamLiveWatch *
icam_live_watch_ref (IcamLiveWatch *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * icam_live_watch_unref:
 * @self: (transfer full): a watch
 */
void
icam_live_watch_unref (IcamLiveWatch *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * icam_live_watch_tell:
 * @self: a watch
 * @hub: of its stream
 *
 * Whoever comes here later sees what is so later: what is told last is what is so.
 */
void
icam_live_watch_tell (IcamLiveWatch *self,
                      IcamLiveHub   *hub)
{
  gboolean watched;

  g_mutex_lock (&self->lock);
  g_mutex_lock (&hub->lock);
  watched = self->n_viewers > 0;
  g_mutex_unlock (&hub->lock);
  if (self->func != NULL && watched != self->told)
    {
      self->told = watched;
      self->func (watched, self->user_data);
    }
  g_mutex_unlock (&self->lock);
}

/* ---- the stream ---- */

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

  if (self->watch->n_viewers == 0)
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
  icam_live_hub_wake (self->hub);
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
  guint i = (guint) (second % ICAM_LIVE_N_BUCKETS);

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
  self->watch->n_viewers++;
  if (self->caps != NULL)
    icam_live_viewer_add (viewer, self->caps, 0);
  if (self->state != NULL)
    icam_live_viewer_add (viewer, self->state, 0);
  /* All but the newest are only there so that the newest can be decoded. */
  for (GList *l = self->group.head; l != NULL; l = l->next)
    icam_live_viewer_add (viewer, l->data, l->next != NULL ? ICAM_LIVE_PAST : 0);
  viewer->given = self->group_size;
  viewer->wait_key = self->group.length == 0;
  icam_live_hub_wake (self->hub);
  g_mutex_unlock (&self->hub->lock);

  icam_live_watch_tell (self->watch, self->hub);
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
  n = self->watch->n_viewers;
  g_mutex_unlock (&self->hub->lock);
  return n;
}

/**
 * icam_live_stream_set_watch:
 * @self: a stream
 * @func: (nullable): called now if anybody looks, and whenever the first viewer comes and the last one has gone
 * @user_data: for @func
 *
 * In place of who was told before. @func is called on the thread that notices, one call at a time; it may not call this. Nothing is called
 * any more once this has returned.
 */
void
icam_live_stream_set_watch (IcamLiveStream    *self,
                            IcamLiveWatchFunc  func,
                            gpointer           user_data)
{
  g_return_if_fail (ICAM_IS_LIVE_STREAM (self));

  g_mutex_lock (&self->watch->lock);
  self->watch->func = func;
  self->watch->user_data = user_data;
  self->watch->told = FALSE;
  g_mutex_unlock (&self->watch->lock);
  icam_live_watch_tell (self->watch, self->hub);
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
  for (guint i = 0; i < ICAM_LIVE_N_BUCKETS; i++)
    if (self->buckets[i].second < now && self->buckets[i].second >= now - (ICAM_LIVE_N_BUCKETS - 1))
      {
        bytes += self->buckets[i].bytes;
        frames += self->buckets[i].frames;
      }
  rates->bytes_per_second = (double) bytes / (ICAM_LIVE_N_BUCKETS - 1);
  rates->frames_per_second = (double) frames / (ICAM_LIVE_N_BUCKETS - 1);
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
      self->watch->n_viewers = 0;
      icam_live_hub_wake (self->hub);
      drop_group (self);
      g_clear_pointer (&self->caps, icam_live_item_unref);
      g_clear_pointer (&self->state, icam_live_item_unref);
      g_mutex_unlock (&self->hub->lock);
    }
  g_clear_pointer (&self->watch, icam_live_watch_unref);
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
