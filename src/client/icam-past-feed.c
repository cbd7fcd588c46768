/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-past-feed.h"

#include "client/icam-past-segment.h"

/* Threads that read files for all players together: a disk gains nothing from more. */
#define N_THREADS 4
/* Pictures and frames that are ahead of the time at most: enough for reordering, few enough for sixteen tiles. */
#define AHEAD 8
/* A group of pictures is read whole into memory for one picture; beyond this it is cut. */
#define MAX_GROUP 2000
#define MAX_GROUP_BYTES (64 * 1024 * 1024)
/* After so many frames that are later than the wanted one, no earlier one comes any more (reordering). */
#define MAX_REORDER 4
/* Beyond this rate key frames only; no more than one each 66 ms of watching. */
#define KEYS_ONLY_RATE 2.0
#define KEY_STEP_US 66000
/* Decoding that falls behind by this is taken up again at a key frame. */
#define MAX_LAG_US G_USEC_PER_SEC

typedef enum
{
  WANT_NOTHING,
  WANT_PICTURE,
  WANT_PLAY,
} Want;

struct _IcamPastFeed
{
  gatomicrefcount ref_count;
  GMainContext *home;
  IcamPastFeedFunc callback;
  gpointer user_data;
  guint max_width;
  gint closed; /* atomic */

  /* Held while something is handed to the decoder, so that nothing of an old request follows a flush. Never taken in the decoder's
   * callback. Taken before "lock". */
  GMutex feed_lock;
  IcamDecoder *decoder;
  IcamUuid decoder_channel;
  IcamRole decoder_role;
  IcamTrack *track; /* what the decoder was told */

  GMutex lock; /* of what follows */
  guint generation; /* of the request; work of an older one is given up */
  Want want;
  IcamPastSegment *segment;
  gint64 utc;
  gboolean exact;
  gboolean seek;    /* begin at "utc" */
  gboolean discont;
  gint64 base_utc, base_monotonic;
  double rate;
  gint64 last_key;
  gboolean working; /* a thread is at it */
  gboolean unverified;
  IcamFeedState state;
  GQueue pictures; /* of IcamPicture, by time */
  gboolean told;
};

static void work (gpointer data, gpointer user_data);

static IcamPastFeed *
feed_ref (IcamPastFeed *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
feed_unref (IcamPastFeed *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->decoder == NULL);
  g_clear_pointer (&self->segment, icam_past_segment_unref);
  g_clear_pointer (&self->track, icam_track_unref);
  g_queue_clear_full (&self->pictures, (GDestroyNotify) icam_picture_unref);
  g_main_context_unref (self->home);
  g_mutex_clear (&self->feed_lock);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static GThreadPool *
threads (void)
{
  static gsize pool;

  if (g_once_init_enter (&pool))
    g_once_init_leave (&pool, (gsize) g_thread_pool_new (work, NULL, N_THREADS, FALSE, NULL));

  return (GThreadPool *) pool;
}

static gboolean
tell (gpointer user_data)
{
  IcamPastFeed *self = user_data;

  g_mutex_lock (&self->lock);
  self->told = FALSE;
  g_mutex_unlock (&self->lock);

  if (!g_atomic_int_get (&self->closed))
    self->callback (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
news_locked (IcamPastFeed *self)
{
  g_autoptr (GSource) source = NULL;

  if (self->told)
    return;
  self->told = TRUE;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, tell, feed_ref (self), (GDestroyNotify) feed_unref);
  g_source_attach (source, self->home);
}

static void
start_work_locked (IcamPastFeed *self)
{
  if (self->working || self->want == WANT_NOTHING || self->state != ICAM_FEED_BUSY
      || (self->want == WANT_PLAY && self->pictures.length >= AHEAD))
    return;
  self->working = TRUE;
  g_thread_pool_push (threads (), feed_ref (self), NULL);
}

/* ---- what comes out of the decoder, on its thread ---- */

static int
compare_pictures (gconstpointer a,
                  gconstpointer b,
                  gpointer      user_data)
{
  const IcamPicture *one = a;
  const IcamPicture *other = b;

  return one->utc_us < other->utc_us ? -1 : one->utc_us > other->utc_us;
}

static void
on_picture (IcamDecoder *decoder,
            IcamPicture *picture,
            gpointer     user_data)
{
  IcamPastFeed *self = user_data;

  g_mutex_lock (&self->lock);
  if (picture != NULL)
    {
      picture->unverified = self->unverified; /* nobody else has it yet */
      g_queue_insert_sorted (&self->pictures, icam_picture_ref (picture), compare_pictures, NULL);
    }
  else if (self->want == WANT_PICTURE)
    self->state = ICAM_FEED_END;
  if (self->want == WANT_PLAY)
    start_work_locked (self);
  news_locked (self);
  g_mutex_unlock (&self->lock);
}

/* ---- reading, on a thread of the pool ---- */

static gboolean
is_current (IcamPastFeed *self,
            guint         generation)
{
  gboolean current;

  g_mutex_lock (&self->lock);
  current = self->generation == generation && !g_atomic_int_get (&self->closed);
  g_mutex_unlock (&self->lock);
  return current;
}

/* Under feed_lock: a decoder for a segment's pictures. A decoder is never used for another channel: what it still holds would come
 * out under the wrong name. */
static gboolean
prepare_decoder (IcamPastFeed    *self,
                 IcamPastSegment *segment,
                 IcamTrack       *track,
                 GError         **error)
{
  IcamUuid channel;
  IcamRole role;

  icam_past_segment_get_channel (segment, &channel, &role);
  if (self->decoder != NULL
      && (!icam_uuid_equal (&channel, &self->decoder_channel) || role != self->decoder_role))
    {
      icam_decoder_close (self->decoder);
      g_clear_object (&self->decoder);
      g_clear_pointer (&self->track, icam_track_unref);
    }
  if (self->decoder == NULL)
    {
      self->decoder = icam_decoder_new (&channel, role, self->max_width, on_picture, feed_ref (self),
                                        (GDestroyNotify) feed_unref);
      self->decoder_channel = channel;
      self->decoder_role = role;
    }

  if (self->track == NULL || !icam_track_equal (self->track, track))
    {
      g_clear_pointer (&self->track, icam_track_unref);
      if (!icam_decoder_set_format (self->decoder, track->codec, FALSE, track->private_data, track->width, track->height,
                                    error))
        return FALSE;
      self->track = icam_track_ref (track);
    }

  return TRUE;
}

static void
push (IcamPastFeed     *self,
      const IcamPacket *packet,
      gboolean          skip,
      gboolean          discont)
{
  IcamDecodeFlags flags = 0;

  if ((packet->flags & ICAM_PACKET_KEY) != 0)
    flags |= ICAM_DECODE_KEY;
  if (discont || (packet->flags & ICAM_PACKET_DISCONT) != 0)
    flags |= ICAM_DECODE_DISCONT;
  if (skip)
    flags |= ICAM_DECODE_SKIP;
  icam_decoder_push (self->decoder, packet->data, packet->utc_us, packet->dts_offset_us, flags);
}

/* The next packet of pictures; FALSE at the end and on error. */
static gboolean
next_picture (IcamMkvReader *reader,
              IcamPacket    *packet,
              GError       **error)
{
  while (icam_mkv_reader_next (reader, packet, error))
    {
      if (packet->track == ICAM_TRACK_VIDEO)
        return TRUE;
      icam_packet_clear (packet);
    }

  return FALSE;
}

/* The packets from a key frame to the picture that shows at @utc, which is @wanted of them. */
static GArray *
read_group (IcamMkvReader *reader,
            gint64         utc,
            gboolean       exact,
            guint         *wanted,
            GError       **error)
{
  g_autoptr (GArray) group = g_array_new (FALSE, FALSE, sizeof (IcamPacket));
  IcamPacket packet = { 0 };
  gsize bytes = 0;
  guint later = 0;

  g_array_set_clear_func (group, (GDestroyNotify) icam_packet_clear);
  *wanted = 0;
  while (group->len < MAX_GROUP && bytes < MAX_GROUP_BYTES && next_picture (reader, &packet, error))
    {
      gboolean key = (packet.flags & ICAM_PACKET_KEY) != 0;

      if (group->len == 0 && !key)
        {
          icam_packet_clear (&packet);
          continue;
        }
      if (group->len > 0 && key)
        {
          if (packet.utc_us > utc)
            {
              icam_packet_clear (&packet);
              break;
            }
          /* A later group: the index was older than the file. */
          g_array_set_size (group, 0);
          bytes = 0;
          later = 0;
          *wanted = 0;
        }

      bytes += g_bytes_get_size (packet.data);
      g_array_append_val (group, packet);
      if (packet.utc_us > utc)
        later++;
      else if (exact && packet.utc_us >= g_array_index (group, IcamPacket, *wanted).utc_us)
        *wanted = group->len - 1;
      if (later > MAX_REORDER || (!exact && icam_mkv_reader_is_closed (reader)))
        break;
    }

  return g_steal_pointer (&group);
}

static gboolean
do_picture (IcamPastFeed    *self,
            guint            generation,
            IcamPastSegment *segment,
            gint64           utc,
            gboolean         exact,
            GError         **error)
{
  IcamMkvReader *reader = icam_past_segment_get_reader (segment, error);
  g_autoptr (GArray) group = NULL;
  gboolean ok = TRUE;
  guint wanted;

  if (reader == NULL || !icam_past_segment_seek (segment, utc, error))
    return FALSE;

  group = read_group (reader, utc, exact, &wanted, error);
  if (group->len == 0)
    {
      if (error != NULL && *error == NULL)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "A recording has no picture.");
      return FALSE;
    }
  g_clear_error (error);

  g_mutex_lock (&self->feed_lock);
  if (is_current (self, generation))
    {
      ok = prepare_decoder (self, segment, icam_mkv_reader_get_track (reader, ICAM_TRACK_VIDEO), error);
      for (guint i = 0; ok && i <= wanted; i++)
        push (self, &g_array_index (group, IcamPacket, i), i < wanted, i == 0);
      if (ok)
        icam_decoder_drain (self->decoder);
    }
  g_mutex_unlock (&self->feed_lock);
  return ok;
}

typedef struct
{
  guint generation;
  Want want;
  gint64 utc;
  gboolean exact, seek, discont;
  gint64 base_utc, base_monotonic;
  double rate;
  gint64 last_key;
} Order;

static gint64
position (const Order *order)
{
  return order->base_utc
         + (gint64) ((double) (g_get_monotonic_time () - order->base_monotonic) * order->rate);
}

/* Goes on to where the next frame is to be read, which is not the next one in the file when only key frames are wanted or when
 * decoding has fallen behind. */
static void
skip_ahead (IcamPastSegment *segment,
            IcamMkvReader   *reader,
            Order           *order)
{
  gint64 now = position (order);
  gint64 target = 0;
  gint64 key;
  guint64 offset;

  if (order->last_key == 0)
    return;
  if (order->rate > KEYS_ONLY_RATE)
    target = order->last_key + (gint64) (KEY_STEP_US * order->rate);
  /* Behind: take up again a little ahead of the time. */
  if (now - order->last_key > MAX_LAG_US && now - order->utc > MAX_LAG_US)
    target = MAX (target, now);
  if (target > 0 && icam_past_segment_key_after (segment, target, &key, &offset) && key > order->last_key
      && icam_mkv_reader_seek (reader, offset, NULL))
    order->discont = TRUE;
}

/* Feeds until enough is ahead. Returns whether the end of what is written was reached. */
static gboolean
do_play (IcamPastFeed    *self,
         Order           *order,
         IcamPastSegment *segment,
         gboolean        *end,
         GError         **error)
{
  IcamMkvReader *reader = icam_past_segment_get_reader (segment, error);
  gboolean keys_only = order->rate > KEYS_ONLY_RATE;
  gboolean ok = TRUE;
  gboolean more = TRUE;

  *end = FALSE;
  if (reader == NULL || (order->seek && !icam_past_segment_seek (segment, order->utc, error)))
    return FALSE;
  order->seek = FALSE;

  while (ok && more)
    {
      IcamPacket packet = { 0 };
      gboolean key;

      if (!next_picture (reader, &packet, error))
        {
          *end = error == NULL || *error == NULL;
          return *end;
        }

      key = (packet.flags & ICAM_PACKET_KEY) != 0;
      g_mutex_lock (&self->feed_lock);
      more = is_current (self, order->generation);
      if (more && (key || !keys_only))
        {
          ok = prepare_decoder (self, segment, icam_mkv_reader_get_track (reader, ICAM_TRACK_VIDEO), error);
          if (ok)
            {
              guint queued;

              push (self, &packet, packet.utc_us < order->utc - 200 * G_TIME_SPAN_MILLISECOND && !keys_only,
                    order->discont);
              order->discont = FALSE;
              queued = icam_decoder_get_queued (self->decoder);
              g_mutex_lock (&self->lock);
              more = self->pictures.length + queued < AHEAD;
              g_mutex_unlock (&self->lock);
            }
        }
      g_mutex_unlock (&self->feed_lock);

      if (key)
        {
          order->last_key = packet.utc_us;
          if (keys_only)
            skip_ahead (segment, reader, order);
        }
      else if (!keys_only && position (order) - packet.utc_us > MAX_LAG_US && packet.utc_us > order->utc)
        {
          order->last_key = packet.utc_us;
          skip_ahead (segment, reader, order);
        }
      icam_packet_clear (&packet);
    }

  return ok;
}

static void
work (gpointer data,
      gpointer user_data)
{
  IcamPastFeed *self = data;
  g_autoptr (IcamPastSegment) segment = NULL;
  g_autoptr (GError) error = NULL;
  gboolean end = FALSE;
  gboolean ok;
  Order order;

  g_mutex_lock (&self->lock);
  order = (Order) { self->generation, self->want, self->utc, self->exact, self->seek, self->discont,
                    self->base_utc, self->base_monotonic, self->rate, self->last_key };
  segment = self->segment != NULL ? icam_past_segment_ref (self->segment) : NULL;
  g_mutex_unlock (&self->lock);

  if (segment != NULL && order.want != WANT_NOTHING && !g_atomic_int_get (&self->closed))
    {
      icam_past_segment_lock (segment);
      if (order.want == WANT_PICTURE)
        ok = do_picture (self, order.generation, segment, order.utc, order.exact, &error);
      else
        ok = do_play (self, &order, segment, &end, &error);
      icam_past_segment_unlock (segment);
    }
  else
    ok = TRUE;

  g_mutex_lock (&self->lock);
  self->working = FALSE;
  if (self->generation == order.generation)
    {
      self->seek = order.seek;
      self->discont = order.discont;
      self->last_key = order.last_key;
      if (!ok)
        {
          g_debug ("A recording cannot be shown: %s", error->message);
          self->state = ICAM_FEED_FAILED;
          news_locked (self);
        }
      else if (end)
        {
          self->state = ICAM_FEED_END;
          news_locked (self);
        }
      /* A single picture: the rest is the decoder's, its answer ends it. */
    }
  else
    {
      /* Another request came meanwhile and found the thread taken. */
      start_work_locked (self);
    }
  g_mutex_unlock (&self->lock);
  feed_unref (self);
}

/* ---- what the player calls ---- */

/**
 * icam_past_feed_new:
 * @max_width: pictures wider than this many pixels are scaled down; 0: as they are
 * @callback: called in the thread's default main context when there are news
 * @user_data: for @callback
 *
 * Returns: (transfer full): a feed, to be closed with icam_past_feed_close()
 */
IcamPastFeed *
icam_past_feed_new (guint            max_width,
                    IcamPastFeedFunc callback,
                    gpointer         user_data)
{
  IcamPastFeed *self = g_new0 (IcamPastFeed, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->feed_lock);
  g_mutex_init (&self->lock);
  g_queue_init (&self->pictures);
  self->home = g_main_context_ref_thread_default ();
  self->callback = callback;
  self->user_data = user_data;
  self->max_width = max_width;
  return self;
}

/* What was asked for before is over. After this no picture of it comes. */
static void
begin (IcamPastFeed *self)
{
  IcamDecoder *decoder;

  g_mutex_lock (&self->lock);
  self->generation++;
  self->want = WANT_NOTHING;
  self->state = ICAM_FEED_IDLE;
  g_clear_pointer (&self->segment, icam_past_segment_unref);
  g_mutex_unlock (&self->lock);

  g_mutex_lock (&self->feed_lock);
  decoder = self->decoder != NULL ? g_object_ref (self->decoder) : NULL;
  g_mutex_unlock (&self->feed_lock);
  if (decoder != NULL)
    {
      icam_decoder_flush (decoder);
      g_object_unref (decoder);
    }

  g_mutex_lock (&self->lock);
  g_queue_clear_full (&self->pictures, (GDestroyNotify) icam_picture_unref);
  g_mutex_unlock (&self->lock);
}

static void
order_locked (IcamPastFeed    *self,
              Want             want,
              IcamPastSegment *segment,
              gint64           utc)
{
  g_clear_pointer (&self->segment, icam_past_segment_unref);
  self->segment = icam_past_segment_ref (segment);
  self->unverified = icam_past_segment_is_unverified (segment);
  self->want = want;
  self->utc = utc;
  self->state = ICAM_FEED_BUSY;
  self->last_key = 0;
  start_work_locked (self);
}

/**
 * icam_past_feed_close:
 * @self: (transfer full): a feed; the callback is not called any more
 */
void
icam_past_feed_close (IcamPastFeed *self)
{
  IcamDecoder *decoder;

  g_atomic_int_set (&self->closed, TRUE);
  begin (self);
  g_mutex_lock (&self->feed_lock);
  decoder = g_steal_pointer (&self->decoder);
  g_mutex_unlock (&self->feed_lock);
  if (decoder != NULL)
    {
      icam_decoder_close (decoder);
      g_object_unref (decoder);
    }
  feed_unref (self);
}

/**
 * icam_past_feed_stop:
 * @self: a feed
 *
 * Forgets what it was at.
 */
void
icam_past_feed_stop (IcamPastFeed *self)
{
  begin (self);
}

/**
 * icam_past_feed_show:
 * @self: a feed
 * @segment: where to look
 * @utc: UTC in µs
 * @exact: the picture that shows then, else the key frame at or before it
 */
void
icam_past_feed_show (IcamPastFeed    *self,
                     IcamPastSegment *segment,
                     gint64           utc,
                     gboolean         exact)
{
  begin (self);
  g_mutex_lock (&self->lock);
  self->exact = exact;
  order_locked (self, WANT_PICTURE, segment, utc);
  g_mutex_unlock (&self->lock);
}

/**
 * icam_past_feed_play:
 * @self: a feed
 * @segment: where to begin
 * @utc: UTC in µs from where on pictures are wanted
 * @base_utc: UTC in µs of the time that plays
 * @base_monotonic: the monotonic time, µs, at @base_utc
 * @rate: how much faster than time it plays
 */
void
icam_past_feed_play (IcamPastFeed    *self,
                     IcamPastSegment *segment,
                     gint64           utc,
                     gint64           base_utc,
                     gint64           base_monotonic,
                     double           rate)
{
  begin (self);
  g_mutex_lock (&self->lock);
  self->base_utc = base_utc;
  self->base_monotonic = base_monotonic;
  self->rate = rate;
  self->seek = TRUE;
  self->discont = TRUE;
  order_locked (self, WANT_PLAY, segment, utc);
  g_mutex_unlock (&self->lock);
}

/**
 * icam_past_feed_continue:
 * @self: a feed that plays and has come to the end of a segment
 * @segment: the next one
 * @contiguous: nothing is missing between them
 */
void
icam_past_feed_continue (IcamPastFeed    *self,
                         IcamPastSegment *segment,
                         gboolean         contiguous)
{
  g_mutex_lock (&self->lock);
  self->seek = TRUE;
  self->discont = !contiguous;
  order_locked (self, WANT_PLAY, segment, icam_past_segment_start (segment));
  g_mutex_unlock (&self->lock);
}

/**
 * icam_past_feed_resume:
 * @self: a feed that plays and has come to the end of what was written of a segment
 *
 * Looks whether more was written.
 */
void
icam_past_feed_resume (IcamPastFeed *self)
{
  g_mutex_lock (&self->lock);
  if (self->state == ICAM_FEED_END && self->segment != NULL)
    {
      self->state = ICAM_FEED_BUSY;
      start_work_locked (self);
    }
  g_mutex_unlock (&self->lock);
}

/**
 * icam_past_feed_drain:
 * @self: a feed that plays and has come to the end of a segment
 *
 * Lets the decoder hand out what it holds: nothing follows for a while.
 */
void
icam_past_feed_drain (IcamPastFeed *self)
{
  IcamDecoder *decoder;

  g_mutex_lock (&self->feed_lock);
  decoder = self->decoder != NULL ? g_object_ref (self->decoder) : NULL;
  g_mutex_unlock (&self->feed_lock);
  if (decoder != NULL)
    {
      icam_decoder_drain (decoder);
      g_object_unref (decoder);
    }
}

/**
 * icam_past_feed_get_state:
 * @self: a feed
 *
 * Returns: how it is
 */
IcamFeedState
icam_past_feed_get_state (IcamPastFeed *self)
{
  IcamFeedState state;

  g_mutex_lock (&self->lock);
  state = self->state;
  g_mutex_unlock (&self->lock);
  return state;
}

/**
 * icam_past_feed_take:
 * @self: a feed
 * @due: UTC in µs; pictures older than the newest one that is due are dropped
 * @next: (out): UTC in µs of the first picture that is not due yet, %G_MAXINT64 if there is none
 *
 * Returns: (transfer full) (nullable): the newest picture at or before @due
 */
IcamPicture *
icam_past_feed_take (IcamPastFeed *self,
                     gint64        due,
                     gint64       *next)
{
  g_autoptr (IcamPicture) picture = NULL;
  IcamPicture *head;

  g_mutex_lock (&self->lock);
  while ((head = g_queue_peek_head (&self->pictures)) != NULL && head->utc_us <= due)
    {
      g_clear_pointer (&picture, icam_picture_unref);
      picture = g_queue_pop_head (&self->pictures);
    }
  *next = head != NULL ? head->utc_us : G_MAXINT64;
  if (self->want == WANT_PLAY)
    {
      /* From before where playing begins: only if none comes that is nearer to it. */
      if (picture != NULL && head == NULL && picture->utc_us < self->utc && self->state == ICAM_FEED_BUSY)
        g_queue_push_head (&self->pictures, g_steal_pointer (&picture));
      start_work_locked (self);
    }
  g_mutex_unlock (&self->lock);

  return g_steal_pointer (&picture);
}
