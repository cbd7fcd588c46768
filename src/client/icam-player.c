/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-player.h"

#include "client/icam-client-private.h"
#include "client/icam-past-feed.h"
#include "client/icam-player-index.h"
#include "media/icam-media.h"

#include <gio/gunixfdlist.h>
#include <string.h>

/* How it works: pump() looks at what is wanted and takes the next step that is possible (a list of recordings, a segment's file, a
 * request to the feed, a picture to emit); whatever ends calls pump() again. Everything here is on the main thread and returns at once. */

#define MINUTE (60 * G_TIME_SPAN_SECOND)
/* Files that stay open: scrubbing goes to and fro. */
#define MAX_SEGMENTS 4
/* How often lists are asked for again while something grows, and how often a hole is looked at. */
#define RELIST_US (500 * G_TIME_SPAN_MILLISECOND)
#define TICK_MS 250

typedef enum
{
  MODE_IDLE,
  MODE_SHOW,
  MODE_PLAY,
} Mode;

struct _IcamPlayer
{
  GObject parent_instance;
  IcamClient *client;
  IcamCamera *camera;
  IcamRole role;
  IcamPastFeed *feed;
  gboolean closed;

  Mode mode;
  gint64 utc; /* asked for, or where playing began */
  gboolean exact;
  gboolean answered;  /* a picture or "missing" was emitted for it */
  gboolean submitted; /* the feed is at it */
  double rate;
  gint64 base_monotonic;

  /* What was recorded, as far as it was asked for. */
  IcamRecordings *recordings;
  gint64 known_from, known_to;
  guint reach; /* how far was asked around: 0 minutes, 1 days, 2 everything */
  gint64 listed_at; /* monotonic */
  GCancellable *listing;

  GPtrArray *segments; /* of IcamPastSegment, used last at the end */
  GCancellable *opening;
  IcamSpan opening_span;

  /* While playing. */
  IcamSpan current; /* what the feed reads */
  gboolean has_current;
  gboolean drained;
  gboolean missing_told;

  guint timer_id;
};

G_DEFINE_FINAL_TYPE (IcamPlayer, icam_player, G_TYPE_OBJECT)

enum
{
  PICTURE,
  MISSING,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void pump (IcamPlayer *self);

/* ---- the list ---- */

static gboolean
is_known (IcamPlayer *self,
          gint64      utc)
{
  return self->recordings != NULL && utc >= self->known_from && utc < self->known_to;
}

static void
on_listed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamRecordings) recordings
    = icam_client_list_recordings_finish (ICAM_CLIENT (source), result, &error);
  IcamPlayer *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_clear_object (&self->listing);
  if (recordings == NULL)
    {
      g_debug ("Recordings cannot be listed: %s", error->message);
      if (self->recordings == NULL)
        {
          recordings = g_new0 (IcamRecordings, 1);
          recordings->spans = g_array_new (FALSE, FALSE, sizeof (IcamSpan));
          recordings->gaps = g_array_new (FALSE, FALSE, sizeof (IcamGap));
        }
    }
  if (recordings != NULL)
    {
      g_clear_pointer (&self->recordings, icam_recordings_free);
      self->recordings = g_steal_pointer (&recordings);
    }
  pump (self);
}

static void
list (IcamPlayer *self,
      gint64      utc,
      guint       reach)
{
  static const gint64 reaches[] = { 10 * MINUTE, 2 * G_TIME_SPAN_DAY };
  gint64 now = g_get_real_time ();
  gint64 around = reach < G_N_ELEMENTS (reaches) ? reaches[reach] : 0;

  if (self->listing != NULL)
    return;

  self->reach = reach;
  self->listed_at = g_get_monotonic_time ();
  self->known_from = around > 0 ? utc - around : G_MININT64;
  /* What comes after now is not known, whatever was asked for. */
  self->known_to = around > 0 ? MIN (utc + around, now) : now;
  if (utc >= now)
    self->known_to = utc + RELIST_US; /* the future: nothing is there, and that is known for a moment */
  self->listing = g_cancellable_new ();
  icam_client_list_recordings_async (self->client, self->camera, self->role, MAX (self->known_from, 0),
                                     around > 0 ? utc + around : MAX (now, utc) + G_USEC_PER_SEC, self->listing, on_listed,
                                     self);
}

/* Asks again for what was asked for, but not too often. Returns whether it does. */
static gboolean
relist (IcamPlayer *self,
        gint64      utc)
{
  if (self->listing != NULL)
    return TRUE;
  if (g_get_monotonic_time () - self->listed_at < RELIST_US)
    return FALSE;
  list (self, utc, 0);
  return TRUE;
}

static void
on_recordings_changed (IcamClient *client,
                       const char *camera,
                       gint64      from,
                       IcamPlayer *self)
{
  if (g_str_equal (camera, icam_camera_get_id (self->camera)))
    self->known_to = MIN (self->known_to, MAX (from, self->known_from));
}

static void
on_proxy (IcamPlayer *self)
{
  /* Another recorder: what was known may be otherwise; what is being asked for gets no answer. */
  g_cancellable_cancel (self->listing);
  g_clear_object (&self->listing);
  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  self->known_to = G_MININT64;
  pump (self);
}

/* ---- files ---- */

static IcamPastSegment *
lookup_segment (IcamPlayer     *self,
                const IcamSpan *span)
{
  for (guint i = 0; i < self->segments->len; i++)
    {
      IcamPastSegment *segment = self->segments->pdata[i];

      if (!icam_past_segment_is (segment, span))
        continue;
      if (!span->open)
        icam_past_segment_set_closed (segment);
      /* Used last: goes to the end. */
      g_ptr_array_steal_index (self->segments, i);
      g_ptr_array_add (self->segments, segment);
      return segment;
    }

  return NULL;
}

static void tell_missing (IcamPlayer *self, gint64 utc, IcamGapCause cause, gint64 nearest);

static void
on_opened (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GVariant) handle = NULL;
  g_autoptr (GVariant) key_frames = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok = icam_dbus_camera_call_open_segment_finish (ICAM_DBUS_CAMERA (source), &handle, &key_frames, &fds, result,
                                                           &error);
  IcamPlayer *self = user_data;
  int fd = -1;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  g_clear_object (&self->opening);
  if (ok)
    fd = icam_client_take_fd (fds, handle, &error);
  if (fd >= 0)
    {
      if (self->segments->len >= MAX_SEGMENTS)
        g_ptr_array_remove_index (self->segments, 0);
      g_ptr_array_add (self->segments, icam_past_segment_new (fd, &self->opening_span, self->role, key_frames));
    }
  else
    {
      g_debug ("A recording cannot be opened: %s", error->message);
      /* Deleted meanwhile, most likely: the list is not true any more. */
      self->known_to = self->known_from;
      if (self->mode == MODE_SHOW && !self->answered)
        tell_missing (self, self->utc, ICAM_GAP_UNKNOWN, 0);
      return;
    }
  pump (self);
}

/* Returns the segment, or NULL while it is being opened. */
static IcamPastSegment *
need_segment (IcamPlayer     *self,
              const IcamSpan *span)
{
  IcamPastSegment *segment = lookup_segment (self, span);

  if (segment != NULL)
    return segment;
  if (self->opening != NULL)
    {
      if (self->opening_span.seq == span->seq && g_str_equal (self->opening_span.channel, span->channel))
        return NULL;
      g_cancellable_cancel (self->opening);
      g_clear_object (&self->opening);
    }

  self->opening_span = *span;
  self->opening = g_cancellable_new ();
  icam_dbus_camera_call_open_segment (icam_camera_get_proxy (self->camera), span->channel, icam_role_to_string (self->role),
                                      span->seq, g_variant_new ("a{sv}", NULL), NULL, self->opening, on_opened, self);
  return NULL;
}

/* ---- what is emitted ---- */

static void
tell_picture (IcamPlayer  *self,
              IcamPicture *picture)
{
  self->answered = TRUE;
  self->missing_told = FALSE;
  g_signal_emit (self, signals[PICTURE], 0, picture);
}

static void
tell_missing (IcamPlayer  *self,
              gint64       utc,
              IcamGapCause cause,
              gint64       nearest)
{
  self->answered = TRUE;
  self->missing_told = TRUE;
  g_signal_emit (self, signals[MISSING], 0, utc, (guint) cause, nearest);
}

/* Nothing was recorded at @utc. Looks farther around when nothing near is known. Returns FALSE while it is being looked for. */
static gboolean
find_nearest (IcamPlayer *self,
              gint64      utc,
              gint64     *nearest)
{
  *nearest = icam_recordings_nearest (self->recordings, utc);
  if (*nearest == 0 && self->listing != NULL)
    return FALSE; /* what is known is not yet what was asked for */
  if (*nearest == 0 && self->reach < 2)
    {
      list (self, utc, self->reach + 1);
      return FALSE;
    }

  return TRUE;
}

/* ---- the steps ---- */

static void
pump_show (IcamPlayer *self)
{
  const IcamSpan *span;
  IcamPastSegment *segment;
  gint64 nearest, next;

  if (self->answered)
    return;

  if (self->submitted)
    {
      IcamFeedState state = icam_past_feed_get_state (self->feed);

      if (state == ICAM_FEED_BUSY)
        return;
      if (state == ICAM_FEED_END)
        {
          g_autoptr (IcamPicture) picture = icam_past_feed_take (self->feed, G_MAXINT64 - 1, &next);

          if (picture != NULL)
            {
              tell_picture (self, picture);
              return;
            }
        }
      tell_missing (self, self->utc, ICAM_GAP_BAD_DATA, 0);
      return;
    }

  if (!is_known (self, self->utc))
    {
      list (self, self->utc, 0);
      return;
    }

  span = icam_recordings_find (self->recordings, self->utc);
  if (span == NULL)
    {
      if (find_nearest (self, self->utc, &nearest))
        tell_missing (self, self->utc, icam_recordings_cause (self->recordings, self->utc), nearest);
      return;
    }

  segment = need_segment (self, span);
  if (segment == NULL)
    return;
  self->submitted = TRUE;
  icam_past_feed_show (self->feed, segment, self->utc, self->exact);
}

/* Looks for what comes after the end of what the feed reads, and hands it on. */
static void
next_segment (IcamPlayer *self,
              gint64      position)
{
  gint64 from = self->has_current ? MAX (self->current.end - ICAM_SEAM_US, position) : MAX (self->utc, position);
  const IcamSpan *span;
  IcamPastSegment *segment;
  gboolean contiguous;

  if (!is_known (self, from) && from <= g_get_real_time ())
    {
      relist (self, from);
      return;
    }

  /* A segment that was being written: more may have come, or it was closed and the rest is there. */
  if (self->has_current && icam_past_feed_get_state (self->feed) == ICAM_FEED_END)
    {
      segment = lookup_segment (self, &self->current);
      if (segment != NULL && icam_past_segment_was_open (segment))
        {
          for (guint i = 0; i < self->recordings->spans->len; i++)
            {
              const IcamSpan *now = &g_array_index (self->recordings->spans, IcamSpan, i);

              if (icam_past_segment_is (segment, now))
                {
                  self->current = *now;
                  if (!now->open)
                    icam_past_segment_set_closed (segment);
                }
            }
          relist (self, position);
          icam_past_feed_resume (self->feed);
          return;
        }
    }

  span = icam_recordings_next (self->recordings, from, self->has_current ? &self->current : NULL);
  if (span == NULL)
    {
      if (self->has_current && !self->drained)
        {
          self->drained = TRUE;
          icam_past_feed_drain (self->feed);
        }
      /* Beyond what is known, or nothing was recorded since: asked again as time goes on, and farther at once. */
      if (self->known_to < g_get_real_time () - G_USEC_PER_SEC && self->reach < 2 && self->listing == NULL)
        list (self, from, self->reach + 1);
      else
        relist (self, position);
      return;
    }

  segment = need_segment (self, span);
  if (segment == NULL)
    return;

  contiguous = self->has_current && span->start - self->current.end < ICAM_SEAM_US
               && g_str_equal (span->channel, self->current.channel);
  if (self->has_current && !contiguous && !self->drained)
    icam_past_feed_drain (self->feed);
  if (!self->has_current)
    icam_past_feed_play (self->feed, segment, MAX (self->utc, span->start), self->utc, self->base_monotonic, self->rate);
  else
    icam_past_feed_continue (self->feed, segment, contiguous);
  self->current = *span;
  self->has_current = TRUE;
  self->drained = FALSE;
}

static gboolean
on_timer (gpointer user_data)
{
  IcamPlayer *self = user_data;

  self->timer_id = 0;
  pump (self);
  return G_SOURCE_REMOVE;
}

static void
pump_play (IcamPlayer *self)
{
  gint64 position = icam_player_get_position (self);
  g_autoptr (IcamPicture) picture = NULL;
  IcamFeedState state = icam_past_feed_get_state (self->feed);
  gint64 next, nearest;
  double wait = TICK_MS;

  picture = icam_past_feed_take (self->feed, position, &next);
  if (picture != NULL)
    tell_picture (self, picture);
  if (self->mode != MODE_PLAY)
    return; /* who listens may have asked for something else */

  if (!self->has_current || state == ICAM_FEED_END || state == ICAM_FEED_FAILED
      || (self->current.end < position - 2 * ICAM_SEAM_US && next == G_MAXINT64 && !self->current.open))
    next_segment (self, position);

  /* In a hole: say so once, and go on; what comes after it is shown when its time comes. */
  if (picture == NULL && !self->missing_told && is_known (self, position)
      && icam_recordings_find (self->recordings, position) == NULL && position < g_get_real_time () - 2 * G_USEC_PER_SEC)
    {
      if (find_nearest (self, position, &nearest))
        tell_missing (self, position, icam_recordings_cause (self->recordings, position), nearest);
      if (self->mode != MODE_PLAY)
        return;
    }

  if (next != G_MAXINT64)
    wait = MIN (wait, (double) (next - position) / self->rate / 1000.0);
  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->timer_id = g_timeout_add_full (G_PRIORITY_DEFAULT, (guint) MAX (wait + 0.999, 1.0), on_timer, self, NULL);
}

static void
pump (IcamPlayer *self)
{
  g_autoptr (IcamPlayer) kept = g_object_ref (self);

  if (self->closed)
    return;
  if (self->mode == MODE_SHOW)
    pump_show (self);
  else if (self->mode == MODE_PLAY)
    pump_play (self);
}

static void
on_news (gpointer user_data)
{
  pump (user_data);
}

/* A new request: what was under way for the old one is of no use, except for what is being listed. */
static void
begin (IcamPlayer *self,
       Mode        mode,
       gint64      utc)
{
  g_clear_handle_id (&self->timer_id, g_source_remove);
  self->mode = mode;
  self->utc = utc;
  self->answered = FALSE;
  self->submitted = FALSE;
  self->has_current = FALSE;
  self->drained = FALSE;
  self->missing_told = FALSE;
}

/* ---- the object ---- */

static void
icam_player_dispose (GObject *object)
{
  IcamPlayer *self = ICAM_PLAYER (object);

  icam_player_close (self);
  g_clear_object (&self->client);
  g_clear_object (&self->camera);

  G_OBJECT_CLASS (icam_player_parent_class)->dispose (object);
}

static void
icam_player_finalize (GObject *object)
{
  IcamPlayer *self = ICAM_PLAYER (object);

  g_ptr_array_unref (self->segments);
  g_clear_pointer (&self->recordings, icam_recordings_free);

  G_OBJECT_CLASS (icam_player_parent_class)->finalize (object);
}

static void
icam_player_class_init (IcamPlayerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  icam_media_init ();

  object_class->dispose = icam_player_dispose;
  object_class->finalize = icam_player_finalize;

  /**
   * IcamPlayer::picture:
   * @self: the player
   * @picture: an IcamPicture: what showed at the time asked for, or is due now
   */
  signals[PICTURE] = g_signal_new ("picture", ICAM_TYPE_PLAYER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                   ICAM_TYPE_PICTURE);
  /**
   * IcamPlayer::missing:
   * @self: the player
   * @utc: UTC in µs
   * @cause: an IcamGapCause: why nothing was recorded then
   * @nearest: UTC in µs of the nearest time with a picture, 0 if there is none or it was not looked for
   */
  signals[MISSING] = g_signal_new ("missing", ICAM_TYPE_PLAYER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                                   G_TYPE_INT64, G_TYPE_UINT, G_TYPE_INT64);
}

static void
icam_player_init (IcamPlayer *self)
{
  self->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_past_segment_unref);
  self->rate = 1.0;
}

/**
 * icam_player_new:
 * @client: a client
 * @camera: whose past
 * @role: which encoding
 * @max_width: pictures wider than this many pixels are scaled down; 0: as they are
 *
 * Returns: (transfer full): a player that shows nothing yet
 */
IcamPlayer *
icam_player_new (IcamClient *client,
                 IcamCamera *camera,
                 IcamRole    role,
                 guint       max_width)
{
  IcamPlayer *self = g_object_new (ICAM_TYPE_PLAYER, NULL);

  self->client = g_object_ref (client);
  self->camera = g_object_ref (camera);
  self->role = role;
  self->feed = icam_past_feed_new (max_width, on_news, self);
  g_signal_connect_object (client, "recordings-changed", G_CALLBACK (on_recordings_changed), self, 0);
  g_signal_connect_object (camera, "notify::proxy", G_CALLBACK (on_proxy), self, G_CONNECT_SWAPPED);
  return self;
}

/**
 * icam_player_show:
 * @self: a player
 * @utc_us: UTC in µs
 * @exact: the very picture, else the key frame at or before it, which is quicker
 *
 * Answered by "picture" or "missing"; a newer request takes the place of one that was not answered yet.
 */
void
icam_player_show (IcamPlayer *self,
                  gint64      utc_us,
                  gboolean    exact)
{
  g_return_if_fail (ICAM_IS_PLAYER (self));

  if (self->closed)
    return;
  begin (self, MODE_SHOW, utc_us);
  self->exact = exact;
  pump (self);
}

/**
 * icam_player_play:
 * @self: a player
 * @utc_us: UTC in µs where to begin; the time runs from this call on, so that players that are started together stay in step
 * @rate: how much faster than time, 0.25 to 16
 */
void
icam_player_play (IcamPlayer *self,
                  gint64      utc_us,
                  double      rate)
{
  g_return_if_fail (ICAM_IS_PLAYER (self));

  if (self->closed)
    return;
  begin (self, MODE_PLAY, utc_us);
  icam_past_feed_stop (self->feed);
  self->rate = CLAMP (rate, 0.25, 16.0);
  self->base_monotonic = g_get_monotonic_time ();
  pump (self);
}

/**
 * icam_player_pause:
 * @self: a player
 *
 * The picture that was emitted last stays the one of the time at which it stops.
 */
void
icam_player_pause (IcamPlayer *self)
{
  g_return_if_fail (ICAM_IS_PLAYER (self));

  if (self->mode != MODE_PLAY)
    return;
  begin (self, MODE_IDLE, icam_player_get_position (self));
  icam_past_feed_stop (self->feed);
}

/**
 * icam_player_get_position:
 * @self: a player
 *
 * Returns: UTC in µs of the time that is shown, which runs while it plays but never beyond now; 0 before anything was asked for
 */
gint64
icam_player_get_position (IcamPlayer *self)
{
  g_return_val_if_fail (ICAM_IS_PLAYER (self), 0);

  if (self->mode != MODE_PLAY)
    return self->utc;
  return MIN (self->utc + (gint64) ((double) (g_get_monotonic_time () - self->base_monotonic) * self->rate),
              MAX (self->utc, g_get_real_time ()));
}

/**
 * icam_player_is_playing:
 * @self: a player
 *
 * Returns: whether its time runs
 */
gboolean
icam_player_is_playing (IcamPlayer *self)
{
  g_return_val_if_fail (ICAM_IS_PLAYER (self), FALSE);

  return self->mode == MODE_PLAY;
}

/**
 * icam_player_close:
 * @self: a player
 *
 * Nothing is emitted any more; files and decoder are given back.
 */
void
icam_player_close (IcamPlayer *self)
{
  g_return_if_fail (ICAM_IS_PLAYER (self));

  if (self->closed)
    return;
  self->closed = TRUE;
  self->mode = MODE_IDLE;
  g_clear_handle_id (&self->timer_id, g_source_remove);
  g_cancellable_cancel (self->listing);
  g_clear_object (&self->listing);
  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_pointer (&self->feed, icam_past_feed_close);
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  if (self->camera != NULL)
    g_signal_handlers_disconnect_by_data (self->camera, self);
}
