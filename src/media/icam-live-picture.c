/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-decoder.h"
#include "media/icam-live-hub-private.h"

/* Of a larger picture, or a longer group, the key frame has to do: it costs one decoded picture. */
#define MAX_ALL_WIDTH 1280
#define MAX_ALL       60
/* A decoder that gives nothing for so long gives nothing. */
#define PATIENCE_US (5 * G_USEC_PER_SEC)

typedef struct
{
  GMutex lock;
  GCond cond;
  IcamPicture *picture;
  gboolean ended;
} Wait;

static void
on_picture (IcamDecoder *decoder,
            IcamPicture *picture,
            gpointer     user_data)
{
  Wait *wait = user_data;

  g_mutex_lock (&wait->lock);
  if (picture != NULL)
    {
      g_clear_pointer (&wait->picture, icam_picture_unref);
      wait->picture = icam_picture_ref (picture);
    }
  else
    {
      wait->ended = TRUE;
      g_cond_signal (&wait->cond);
    }
  g_mutex_unlock (&wait->lock);
}

static GBytes *
payload_of (const IcamLiveItem *item)
{
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < item->n_pieces; i++)
    g_byte_array_append (bytes, item->pieces[i].iov_base, (guint) item->pieces[i].iov_len);
  return g_byte_array_free_to_bytes (bytes);
}

static gboolean
decode (IcamDecoder        *decoder,
        IcamCodec           codec,
        const IcamLiveCaps *caps,
        GPtrArray          *items,
        Wait               *wait)
{
  g_autoptr (GBytes) private_data = caps->private_size > 0 ? g_bytes_new (caps->private_data, caps->private_size) : NULL;
  guint n = items->len > MAX_ALL || caps->width > MAX_ALL_WIDTH ? 1 : items->len;
  gint64 until = g_get_monotonic_time () + PATIENCE_US;

  if (!icam_decoder_set_format (decoder, codec, TRUE, private_data, caps->width, caps->height, NULL))
    return FALSE;

  for (guint i = 0; i < n; i++)
    {
      const IcamLiveItem *item = items->pdata[i];
      g_autoptr (GBytes) data = payload_of (item);

      icam_decoder_push (decoder, data, item->header.utc_us, 0,
                         (i == 0 ? ICAM_DECODE_KEY : 0) | (i + 1 < n ? ICAM_DECODE_SKIP : 0));
    }
  icam_decoder_drain (decoder);

  g_mutex_lock (&wait->lock);
  while (!wait->ended && g_cond_wait_until (&wait->cond, &wait->lock, until))
    ;
  g_mutex_unlock (&wait->lock);
  return TRUE;
}

/**
 * icam_live_stream_take_picture:
 * @self: a stream
 * @max_width: how wide it may be, pixels
 * @utc_us: (out): when it was captured
 *
 * What the camera shows now, from the group of pictures that is kept for who comes to look. Nothing is decoded before it is wanted; of
 * pictures wider than 1280 pixels, and of groups of more than 60, it is the key frame. Call it off the main thread: it decodes.
 *
 * Returns: (transfer full) (nullable): a JPEG that names its channel in a COM segment; %NULL while nothing comes
 */
GBytes *
icam_live_stream_take_picture (IcamLiveStream *self,
                               guint           max_width,
                               gint64         *utc_us)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_live_item_unref);
  g_autoptr (IcamLiveItem) described = NULL;
  g_autoptr (IcamDecoder) decoder = NULL;
  GBytes *jpeg = NULL;
  IcamCodec codec;
  IcamLiveCaps caps;
  Wait wait = { 0 };

  g_return_val_if_fail (ICAM_IS_LIVE_STREAM (self), NULL);

  g_mutex_lock (&self->hub->lock);
  for (GList *link = self->group.head; link != NULL; link = link->next)
    g_ptr_array_add (items, icam_live_item_ref (link->data));
  described = self->caps != NULL ? icam_live_item_ref (self->caps) : NULL;
  codec = self->codec;
  g_mutex_unlock (&self->hub->lock);
  if (items->len == 0 || described == NULL
      || !icam_live_caps_parse (g_bytes_get_data (described->bytes, NULL), g_bytes_get_size (described->bytes), &caps, NULL))
    return NULL;

  g_mutex_init (&wait.lock);
  g_cond_init (&wait.cond);
  decoder = icam_decoder_new (&self->channel, self->role, max_width, on_picture, &wait, NULL);
  decode (decoder, codec, &caps, items, &wait);
  icam_decoder_close (decoder);
  if (wait.picture != NULL)
    {
      *utc_us = wait.picture->utc_us;
      jpeg = icam_picture_to_jpeg (wait.picture, NULL);
      icam_picture_unref (wait.picture);
    }
  g_cond_clear (&wait.cond);
  g_mutex_clear (&wait.lock);
  return jpeg;
}
