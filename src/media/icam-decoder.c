/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-decoder.h"

#include "media/icam-bitstream.h"
#include "media/icam-decode-engine.h"
#include "media/icam-media.h"

#define MAX_QUEUED 240
#define MAX_QUEUED_BYTES (16u * 1024 * 1024)
/* A decoder lets the others have the thread after this many steps. */
#define STEPS 8

typedef enum
{
  STEP_FORMAT,
  STEP_PUSH,
  STEP_DRAIN,
  STEP_FLUSH,
} StepKind;

typedef struct
{
  StepKind kind;
  GBytes *data; /* the access unit, or the parameter sets */
  gint64 utc_us;
  IcamDecodeFlags flags;
  IcamCodec codec;
  gboolean annex_b;
} Step;

struct _IcamDecoder
{
  GObject parent_instance;

  /* Immutable. */
  IcamUuid channel;
  IcamRole role;
  guint max_width;

  GMutex lock;       /* guards what follows */
  GQueue steps;
  guint n_frames;
  gsize n_bytes;
  gboolean scheduled; /* a thread of the pool has it, or will */
  gboolean closed;
  gboolean wait_key;
  IcamCodec codec;
  gboolean annex_b;
  guint generation;   /* one more with each flush */

  /* Held while something is handed out, so that a flush knows that nothing of it comes after. Recursive: the callback may flush. */
  GRecMutex deliver_lock;
  IcamDecoderFunc callback;
  gpointer user_data;
  GDestroyNotify destroy;

  /* The thread that runs it. */
  IcamDecodeEngine *engine;
  guint step_generation;
};

G_DEFINE_FINAL_TYPE (IcamDecoder, icam_decoder, G_TYPE_OBJECT)

static void
step_free (gpointer data)
{
  Step *step = data;

  g_clear_pointer (&step->data, g_bytes_unref);
  g_free (step);
}

static void
deliver (IcamDecoder *self,
         IcamPicture *picture)
{
  gboolean current;

  g_rec_mutex_lock (&self->deliver_lock);
  g_mutex_lock (&self->lock);
  current = !self->closed && self->generation == self->step_generation;
  g_mutex_unlock (&self->lock);
  if (current && self->callback != NULL)
    self->callback (self, picture, self->user_data);
  g_rec_mutex_unlock (&self->deliver_lock);
}

static void
picture_cb (gpointer user_data,
            gint64   utc_us,
            guint    width,
            guint    height,
            GBytes  *pixels)
{
  IcamDecoder *self = user_data;
  g_autoptr (IcamPicture) picture = g_new0 (IcamPicture, 1);

  g_atomic_ref_count_init (&picture->ref_count);
  picture->channel = self->channel;
  picture->role = self->role;
  picture->utc_us = utc_us;
  picture->width = width;
  picture->height = height;
  picture->stride = width * 4;
  picture->pixels = g_bytes_ref (pixels);
  deliver (self, picture);
}

static void
run_push (IcamDecoder *self,
          Step        *step)
{
  g_autoptr (GBytes) data = g_bytes_ref (step->data);
  gboolean prefixed = (step->codec == ICAM_CODEC_H264 || step->codec == ICAM_CODEC_H265)
                      && !step->annex_b;

  if (self->engine == NULL)
    return;

  if (prefixed)
    {
      gsize size = g_bytes_get_size (data);
      guint8 *copy = g_memdup2 (g_bytes_get_data (data, NULL), size);

      if (!icam_bitstream_to_annex_b (copy, size))
        {
          g_free (copy);
          g_debug ("An access unit's lengths do not add up");
          return;
        }
      g_bytes_unref (data);
      data = g_bytes_new_take (copy, size);
    }
  icam_decode_engine_push (self->engine, data, step->utc_us, step->flags);
}

static void
run_step (IcamDecoder *self,
          Step        *step)
{
  switch (step->kind)
    {
    case STEP_FORMAT:
      g_clear_pointer (&self->engine, icam_decode_engine_free);
      self->engine
        = icam_decode_engine_new (step->codec, step->data, self->max_width, picture_cb, self);
      break;
    case STEP_PUSH:
      run_push (self, step);
      break;
    case STEP_DRAIN:
      if (self->engine != NULL)
        icam_decode_engine_drain (self->engine);
      deliver (self, NULL);
      break;
    case STEP_FLUSH:
      if (self->engine != NULL)
        icam_decode_engine_flush (self->engine);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void schedule (IcamDecoder *self);

/* On a thread of the pool, with a reference. */
static void
run (gpointer item,
     gpointer user_data)
{
  g_autoptr (IcamDecoder) self = item;

  for (guint i = 0;; i++)
    {
      Step *step;

      g_mutex_lock (&self->lock);
      if (i == STEPS && self->steps.length > 0)
        {
          schedule (self);
          g_mutex_unlock (&self->lock);
          return;
        }
      step = g_queue_pop_head (&self->steps);
      if (step == NULL)
        {
          self->scheduled = FALSE;
          g_mutex_unlock (&self->lock);
          return;
        }
      if (step->kind == STEP_PUSH)
        {
          self->n_frames--;
          self->n_bytes -= g_bytes_get_size (step->data);
        }
      self->step_generation = self->generation;
      g_mutex_unlock (&self->lock);

      run_step (self, step);
      step_free (step);
    }
}

/* With the lock held. */
static void
schedule (IcamDecoder *self)
{
  static GThreadPool *pool;

  if (g_once_init_enter (&pool))
    {
      int n = (int) CLAMP (g_get_num_processors (), 2, 4);

      g_once_init_leave (&pool, g_thread_pool_new (run, NULL, n, FALSE, NULL));
    }

  self->scheduled = TRUE;
  g_thread_pool_push (pool, g_object_ref (self), NULL);
}

/* With the lock held. Takes @step. */
static void
add (IcamDecoder *self,
     Step        *step)
{
  g_queue_push_tail (&self->steps, step);
  if (!self->scheduled)
    schedule (self);
}

/* With the lock held: forgets frames and drains, keeps formats. */
static void
forget (IcamDecoder *self)
{
  GQueue kept = G_QUEUE_INIT;
  Step *step;

  while ((step = g_queue_pop_head (&self->steps)) != NULL)
    if (step->kind == STEP_FORMAT)
      g_queue_push_tail (&kept, step);
    else
      step_free (step);
  self->steps = kept;
  self->n_frames = 0;
  self->n_bytes = 0;
}

/**
 * icam_decoder_new:
 * @channel: whose pictures they are
 * @role: of which stream
 * @max_width: wider pictures are scaled down to this, in pixels; 0: none are
 * @callback: gets pictures, on a thread of the pool
 * @user_data: for it
 * @destroy: (nullable): frees @user_data once nothing is called any more
 *
 * Returns: (transfer full): a decoder without a format
 */
IcamDecoder *
icam_decoder_new (const IcamUuid *channel,
                  IcamRole        role,
                  guint           max_width,
                  IcamDecoderFunc callback,
                  gpointer        user_data,
                  GDestroyNotify  destroy)
{
  IcamDecoder *self = g_object_new (ICAM_TYPE_DECODER, NULL);

  self->channel = *channel;
  self->role = role;
  self->max_width = max_width;
  self->callback = callback;
  self->user_data = user_data;
  self->destroy = destroy;
  return self;
}

/**
 * icam_decoder_set_format:
 * @self: a decoder
 * @codec: of what comes from now on
 * @annex_b: whether H.264 and H.265 come as a byte stream (live records) or length-prefixed (files)
 * @private_data: (nullable): as in IcamLiveCaps (byte stream) or IcamTrack (configuration record)
 * @width: in pixels, 0 unknown
 * @height: in pixels, 0 unknown
 * @error: return location; ICAM_ERROR_CODEC_UNSUPPORTED
 *
 * Returns: whether it can be decoded
 */
gboolean
icam_decoder_set_format (IcamDecoder *self,
                         IcamCodec    codec,
                         gboolean     annex_b,
                         GBytes      *private_data,
                         guint        width,
                         guint        height,
                         GError     **error)
{
  g_autoptr (GBytes) params = NULL;
  Step *step;

  g_return_val_if_fail (ICAM_IS_DECODER (self), FALSE);

  if (!icam_codec_is_video (codec)
      || (codec != ICAM_CODEC_MJPEG && !icam_media_can_decode (codec)))
    {
      icam_error_set (error, ICAM_ERROR_CODEC_UNSUPPORTED, "codec", icam_codec_to_string (codec),
                      NULL);
      return FALSE;
    }

  if (private_data != NULL && codec != ICAM_CODEC_MJPEG)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (private_data, &size);

      if (annex_b)
        params = size > 0 ? g_bytes_ref (private_data) : NULL;
      else
        params = icam_bitstream_params_to_annex_b (codec, data, size, NULL);
    }

  step = g_new0 (Step, 1);
  step->kind = STEP_FORMAT;
  step->codec = codec;
  step->data = g_steal_pointer (&params);
  g_mutex_lock (&self->lock);
  self->codec = codec;
  self->annex_b = annex_b;
  self->wait_key = FALSE;
  add (self, step);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/**
 * icam_decoder_push:
 * @self: a decoder with a format
 * @data: an access unit
 * @utc_us: when it was captured
 * @dts_offset_us: @utc_us minus the decoding time; units come in the order of decoding
 * @flags: what it is
 *
 * Returns at once. What does not fit into the queue is dropped up to the next key frame.
 */
void
icam_decoder_push (IcamDecoder    *self,
                   GBytes         *data,
                   gint64          utc_us,
                   gint64          dts_offset_us,
                   IcamDecodeFlags flags)
{
  gsize size = g_bytes_get_size (data);
  Step *step;

  g_return_if_fail (ICAM_IS_DECODER (self));

  g_mutex_lock (&self->lock);
  if (self->n_frames >= MAX_QUEUED || self->n_bytes + size > MAX_QUEUED_BYTES)
    self->wait_key = TRUE;
  else if (flags & ICAM_DECODE_KEY)
    self->wait_key = FALSE;

  if (!self->closed && !self->wait_key && self->codec != ICAM_CODEC_NONE && size > 0)
    {
      step = g_new0 (Step, 1);
      step->kind = STEP_PUSH;
      step->data = g_bytes_ref (data);
      step->utc_us = utc_us;
      step->flags = flags;
      step->codec = self->codec;
      step->annex_b = self->annex_b;
      self->n_frames++;
      self->n_bytes += size;
      add (self, step);
    }
  g_mutex_unlock (&self->lock);
}

/**
 * icam_decoder_drain:
 * @self: a decoder
 *
 * Hands out what the decoder still holds, then calls back with %NULL. What is pushed after must begin with a key frame.
 */
void
icam_decoder_drain (IcamDecoder *self)
{
  Step *step;

  g_return_if_fail (ICAM_IS_DECODER (self));

  step = g_new0 (Step, 1);
  step->kind = STEP_DRAIN;
  g_mutex_lock (&self->lock);
  if (self->closed)
    step_free (step);
  else
    add (self, step);
  g_mutex_unlock (&self->lock);
}

static void
wait_for_delivery (IcamDecoder *self)
{
  g_rec_mutex_lock (&self->deliver_lock);
  g_rec_mutex_unlock (&self->deliver_lock);
}

/**
 * icam_decoder_flush:
 * @self: a decoder
 *
 * Forgets what is queued and drains that have not called back; nothing of it is handed out after this returns. What is pushed after must
 * begin with a key frame.
 */
void
icam_decoder_flush (IcamDecoder *self)
{
  Step *step;

  g_return_if_fail (ICAM_IS_DECODER (self));

  step = g_new0 (Step, 1);
  step->kind = STEP_FLUSH;
  g_mutex_lock (&self->lock);
  forget (self);
  self->generation++;
  self->wait_key = FALSE;
  if (self->closed)
    step_free (step);
  else
    add (self, step);
  g_mutex_unlock (&self->lock);
  wait_for_delivery (self);
}

/**
 * icam_decoder_get_queued:
 * @self: a decoder
 *
 * Returns: how many access units wait
 */
guint
icam_decoder_get_queued (IcamDecoder *self)
{
  guint n;

  g_return_val_if_fail (ICAM_IS_DECODER (self), 0);

  g_mutex_lock (&self->lock);
  n = self->n_frames;
  g_mutex_unlock (&self->lock);
  return n;
}

/**
 * icam_decoder_close:
 * @self: a decoder
 *
 * Nothing is called once this has returned.
 */
void
icam_decoder_close (IcamDecoder *self)
{
  g_return_if_fail (ICAM_IS_DECODER (self));

  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  forget (self);
  g_mutex_unlock (&self->lock);
  wait_for_delivery (self);
}

static void
icam_decoder_finalize (GObject *object)
{
  IcamDecoder *self = ICAM_DECODER (object);

  g_queue_clear_full (&self->steps, step_free);
  g_clear_pointer (&self->engine, icam_decode_engine_free);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_mutex_clear (&self->lock);
  g_rec_mutex_clear (&self->deliver_lock);

  G_OBJECT_CLASS (icam_decoder_parent_class)->finalize (object);
}

static void
icam_decoder_class_init (IcamDecoderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_decoder_finalize;
}

static void
icam_decoder_init (IcamDecoder *self)
{
  g_mutex_init (&self->lock);
  g_rec_mutex_init (&self->deliver_lock);
  g_queue_init (&self->steps);
}
