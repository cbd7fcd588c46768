/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-live-reader.h"

#include "base/icam-clock.h"
#include "client/icam-live-parser.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How many records of one camera are read before the others have their turn. */
#define RECORDS_A_TURN 16
/* A picture from before the viewer came is shown when nothing newer came for so long: cameras with a picture every few seconds. */
#define PAST_WAIT_MS 300
#define N_INTERVALS 9
/* Promise 6: pictures that stay the same to the last bit are frozen. A real sensor has noise, and an encoder begins anew at each key
 * frame, so key frames are compared; three at least, that a long group of pictures is not one. */
#define FROZEN_US (10 * G_USEC_PER_SEC)
#define FROZEN_KEYS 3
#define N_KEYS 8

struct _IcamLiveReader
{
  gatomicrefcount ref_count;
  GMainContext *home; /* where news are told */
  IcamLiveReaderFunc callback;
  gpointer user_data;
  guint max_width;
  gint closed; /* atomic; written by who owns it */

  /* Of the reading thread alone. */
  int fd;
  GSource *source;
  GSource *past_source;
  IcamLiveParser *parser;
  IcamDecoder *decoder;
  IcamRole role;
  gboolean can_decode;
  gint64 last_utc;

  GMutex lock; /* of what follows */
  IcamPicture *picture;
  IcamPicture *past; /* of a key frame from before the viewer came */
  gint64 past_until; /* UTC of the newest frame from before the viewer came */
  gint64 arrived_us, lag_us;
  gint64 intervals[N_INTERVALS];
  guint n_intervals;
  gint64 previous_utc;
  gint64 keys[N_KEYS]; /* UTC of the key frames that were pushed last */
  guint n_keys;
  guint64 key_hash;
  guint same_keys;
  gint64 same_since;
  gboolean frozen;
  gboolean ended;
  gboolean told; /* news are on their way */
  gboolean flag_unverified;
  GError *error;
  char *state;
};

static IcamLiveReader *
reader_ref (IcamLiveReader *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
reader_unref (IcamLiveReader *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_assert (self->source == NULL && self->decoder == NULL);
  g_clear_pointer (&self->picture, icam_picture_unref);
  g_clear_pointer (&self->past, icam_picture_unref);
  g_clear_error (&self->error);
  g_free (self->state);
  icam_live_parser_free (self->parser);
  g_main_context_unref (self->home);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* ---- the thread that reads all live sockets; it lives as long as the process ---- */

static gpointer
read_all (gpointer user_data)
{
  GMainContext *context = user_data;
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);

  g_main_context_push_thread_default (context);
  g_main_loop_run (loop);
  return NULL;
}

static GMainContext *
reading_context (void)
{
  static gsize context;

  if (g_once_init_enter (&context))
    {
      GMainContext *made = g_main_context_new ();

      g_thread_unref (g_thread_new ("icam-live", read_all, made));
      g_once_init_leave (&context, (gsize) made);
    }

  return (GMainContext *) context;
}

/* ---- telling ---- */

static gboolean
tell (gpointer user_data)
{
  IcamLiveReader *self = user_data;

  /* Closing happens in this context too, so this cannot be overtaken. */
  if (!g_atomic_int_get (&self->closed))
    self->callback (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
news_locked (IcamLiveReader *self)
{
  g_autoptr (GSource) source = NULL;

  if (self->told)
    return;
  self->told = TRUE;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, tell, reader_ref (self), (GDestroyNotify) reader_unref);
  g_source_attach (source, self->home);
}

/* ---- decoded pictures, on a decoder's thread ---- */

static guint64
hash_pixels (GBytes *pixels)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (pixels, &size);
  guint64 hash = 14695981039346656037u;

  /* FNV-1a in steps of eight bytes: only sameness matters here, nobody attacks it. */
  for (gsize i = 0; i + 8 <= size; i += 8)
    {
      guint64 word;

      memcpy (&word, data + i, 8);
      hash = (hash ^ word) * 1099511628211u;
    }

  return hash;
}

static gboolean
is_key_locked (IcamLiveReader *self,
               gint64          utc)
{
  for (guint i = 0; i < N_KEYS; i++)
    if (self->keys[i] == utc && utc != 0)
      return TRUE;

  return FALSE;
}

static int
compare_int64 (gconstpointer a,
               gconstpointer b)
{
  gint64 one = *(const gint64 *) a;
  gint64 other = *(const gint64 *) b;

  return one < other ? -1 : one > other;
}

static void
note_interval_locked (IcamLiveReader *self,
                      gint64          utc)
{
  if (self->previous_utc != 0 && utc > self->previous_utc)
    self->intervals[self->n_intervals++ % N_INTERVALS] = utc - self->previous_utc;
  self->previous_utc = utc;
}

static void
on_picture (IcamDecoder *decoder,
            IcamPicture *picture,
            gpointer     user_data)
{
  IcamLiveReader *self = user_data;
  gboolean is_key;
  guint64 hash = 0;

  if (picture == NULL)
    return;

  g_mutex_lock (&self->lock);
  is_key = is_key_locked (self, picture->utc_us);
  g_mutex_unlock (&self->lock);
  if (is_key)
    hash = hash_pixels (picture->pixels);

  g_mutex_lock (&self->lock);
  picture->unverified = self->flag_unverified; /* nobody else has it yet */
  if (is_key)
    {
      if (hash == self->key_hash && self->same_keys > 0)
        {
          self->same_keys++;
        }
      else
        {
          self->key_hash = hash;
          self->same_keys = 1;
          self->same_since = picture->utc_us;
        }
    }
  self->frozen = self->same_keys >= FROZEN_KEYS && picture->utc_us - self->same_since >= FROZEN_US;

  if (picture->utc_us <= self->past_until)
    {
      g_clear_pointer (&self->past, icam_picture_unref);
      self->past = icam_picture_ref (picture);
    }
  else
    {
      g_clear_pointer (&self->past, icam_picture_unref);
      g_clear_pointer (&self->picture, icam_picture_unref);
      self->picture = icam_picture_ref (picture);
      self->arrived_us = icam_clock_boottime (icam_clock_system ());
      self->lag_us = MAX (0, icam_clock_utc (icam_clock_system ()) - picture->utc_us);
      news_locked (self);
    }
  g_mutex_unlock (&self->lock);
}

/* ---- records, on the reading thread ---- */

static gboolean
show_past (gpointer user_data)
{
  IcamLiveReader *self = user_data;

  g_clear_pointer (&self->past_source, g_source_unref);
  g_mutex_lock (&self->lock);
  /* Only if nothing came after it: an older picture of the group would run ahead of those that are still decoded. */
  if (self->past != NULL && self->past->utc_us == self->last_utc)
    {
      g_clear_pointer (&self->picture, icam_picture_unref);
      self->picture = g_steal_pointer (&self->past);
      self->arrived_us = icam_clock_boottime (icam_clock_system ());
      self->lag_us = MAX (0, icam_clock_utc (icam_clock_system ()) - self->picture->utc_us);
      news_locked (self);
    }
  g_mutex_unlock (&self->lock);
  return G_SOURCE_REMOVE;
}

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    {
      g_source_destroy (*source);
      g_clear_pointer (source, g_source_unref);
    }
}

static void
take_caps (IcamLiveReader       *self,
           const IcamLiveRecord *record)
{
  IcamLiveCaps caps;
  g_autoptr (GBytes) private_data = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;
  const guint8 *payload = g_bytes_get_data (record->payload, &size);

  if (!icam_codec_is_video (record->header.codec) || !icam_live_caps_parse (payload, size, &caps, NULL))
    return;

  if (self->decoder == NULL)
    self->decoder = icam_decoder_new (&record->header.channel, record->header.role, self->max_width, on_picture,
                                      reader_ref (self), (GDestroyNotify) reader_unref);
  if (caps.private_size > 0)
    private_data = g_bytes_new (caps.private_data, caps.private_size);
  self->can_decode = icam_decoder_set_format (self->decoder, record->header.codec, TRUE, private_data, caps.width,
                                              caps.height, &error);

  g_mutex_lock (&self->lock);
  g_clear_error (&self->error);
  self->error = g_steal_pointer (&error);
  news_locked (self);
  g_mutex_unlock (&self->lock);
}

static void
take_frame (IcamLiveReader       *self,
            const IcamLiveRecord *record)
{
  const IcamLiveHeader *header = &record->header;
  gboolean key = (header->flags & ICAM_LIVE_KEY) != 0;
  gboolean past = (header->flags & ICAM_LIVE_PAST) != 0;
  IcamDecodeFlags flags = 0;

  if (!icam_codec_is_video (header->codec) || self->decoder == NULL || !self->can_decode)
    return;

  self->last_utc = header->utc_us;
  g_mutex_lock (&self->lock);
  self->flag_unverified = (header->flags & ICAM_LIVE_UNVERIFIED) != 0;
  if (key)
    self->keys[self->n_keys++ % N_KEYS] = header->utc_us;
  if (past)
    self->past_until = MAX (self->past_until, header->utc_us);
  else
    note_interval_locked (self, header->utc_us);
  g_mutex_unlock (&self->lock);

  if (key)
    flags |= ICAM_DECODE_KEY;
  if ((header->flags & ICAM_LIVE_DISCONT) != 0)
    flags |= ICAM_DECODE_DISCONT;
  /* A key frame from before now is decoded in any case and may be all there is for a while. */
  if (past && !key)
    flags |= ICAM_DECODE_SKIP;
  icam_decoder_push (self->decoder, record->payload, header->utc_us, header->pts_us - header->dts_us, flags);

  clear_source (&self->past_source);
  if (past)
    {
      self->past_source = g_timeout_source_new (PAST_WAIT_MS);
      g_source_set_callback (self->past_source, show_past, reader_ref (self), (GDestroyNotify) reader_unref);
      g_source_attach (self->past_source, reading_context ());
    }
}

static void
take_state (IcamLiveReader       *self,
            const IcamLiveRecord *record)
{
  gsize size;
  const char *name = g_bytes_get_data (record->payload, &size);

  g_mutex_lock (&self->lock);
  g_free (self->state);
  self->state = g_strndup (name, size);
  /* Pictures after a break are new ones: how long they were the same begins again. */
  self->same_keys = 0;
  self->frozen = FALSE;
  self->previous_utc = 0;
  news_locked (self);
  g_mutex_unlock (&self->lock);
}

/* Ends the reading; on the reading thread. */
static void
tear_down (IcamLiveReader *self)
{
  clear_source (&self->past_source);
  clear_source (&self->source);
  if (self->decoder != NULL)
    {
      icam_decoder_close (self->decoder);
      g_clear_object (&self->decoder);
    }
  if (self->fd >= 0)
    {
      close (self->fd);
      self->fd = -1;
    }
}

static void
end (IcamLiveReader *self,
     GError         *error)
{
  g_mutex_lock (&self->lock);
  if (error != NULL)
    {
      g_clear_error (&self->error);
      self->error = error;
    }
  self->ended = TRUE;
  news_locked (self);
  g_mutex_unlock (&self->lock);
  tear_down (self);
}

static gboolean
on_readable (int          fd,
             GIOCondition condition,
             gpointer     user_data)
{
  IcamLiveReader *self = user_data;
  GError *error = NULL;
  guint records = 0;

  while (records < RECORDS_A_TURN)
    {
      g_auto (IcamLiveRecord) record = { 0 };
      gsize wanted;
      guint8 *where = icam_live_parser_reserve (self->parser, &wanted);
      gssize got = recv (fd, where, wanted, MSG_DONTWAIT);

      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0 && errno == EAGAIN)
        return G_SOURCE_CONTINUE;
      if (got <= 0)
        {
          end (self, NULL);
          return G_SOURCE_REMOVE;
        }
      if (!icam_live_parser_commit (self->parser, (gsize) got, &error))
        {
          g_warning ("%s", error->message);
          end (self, error);
          return G_SOURCE_REMOVE;
        }
      if (!icam_live_parser_take (self->parser, &record))
        continue;

      records++;
      switch (record.header.kind)
        {
        case ICAM_LIVE_CAPS:
          take_caps (self, &record);
          break;
        case ICAM_LIVE_FRAME:
          take_frame (self, &record);
          break;
        case ICAM_LIVE_STATE:
          take_state (self, &record);
          break;
        default:
          g_assert_not_reached ();
        }
    }

  return G_SOURCE_CONTINUE;
}

/**
 * icam_live_reader_new:
 * @fd: (transfer full): a socket with live records
 * @channel: (nullable): whose; %NULL: the one that the first record names
 * @role: which encoding
 * @max_width: pictures wider than this many pixels are scaled down; 0: as they are
 * @callback: called in the thread's default main context when there are news, never after icam_live_reader_close()
 * @user_data: for @callback
 *
 * Returns: (transfer full): a reader, to be closed with icam_live_reader_close()
 */
IcamLiveReader *
icam_live_reader_new (int                fd,
                      const IcamUuid    *channel,
                      IcamRole           role,
                      guint              max_width,
                      IcamLiveReaderFunc callback,
                      gpointer           user_data)
{
  IcamLiveReader *self = g_new0 (IcamLiveReader, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->home = g_main_context_ref_thread_default ();
  self->callback = callback;
  self->user_data = user_data;
  self->max_width = max_width;
  self->fd = fd;
  self->role = role;
  self->parser = icam_live_parser_new (channel, role);

  self->source = g_unix_fd_source_new (fd, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_readable), reader_ref (self), (GDestroyNotify) reader_unref);
  g_source_attach (self->source, reading_context ());
  return self;
}

static gboolean
tear_down_there (gpointer user_data)
{
  tear_down (user_data);
  return G_SOURCE_REMOVE;
}

/**
 * icam_live_reader_close:
 * @self: (transfer full): a reader
 *
 * In the main context that it was made in. Returns at once; the socket is closed by the reading thread.
 */
void
icam_live_reader_close (IcamLiveReader *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_atomic_int_set (&self->closed, TRUE);
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_callback (source, tear_down_there, self, (GDestroyNotify) reader_unref);
  g_source_attach (source, reading_context ());
}

static gint64
median_interval_locked (IcamLiveReader *self)
{
  gint64 sorted[N_INTERVALS];
  guint n = MIN (self->n_intervals, N_INTERVALS);

  if (n == 0)
    return 0;
  memcpy (sorted, self->intervals, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, compare_int64);
  return sorted[n / 2];
}

/**
 * icam_live_reader_take_news:
 * @self: a reader
 * @news: (out): what is new; the caller's to free
 */
void
icam_live_reader_take_news (IcamLiveReader *self,
                            IcamLiveNews   *news)
{
  g_mutex_lock (&self->lock);
  self->told = FALSE;
  news->picture = g_steal_pointer (&self->picture);
  news->arrived_us = self->arrived_us;
  news->lag_us = self->lag_us;
  news->interval_us = median_interval_locked (self);
  news->frozen = self->frozen;
  news->ended = self->ended;
  news->error = self->error != NULL ? g_error_copy (self->error) : NULL;
  news->state = g_strdup (self->state);
  g_mutex_unlock (&self->lock);
}
