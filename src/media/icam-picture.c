/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-decoder.h"
#include "media/icam-jpeg.h"
#include "media/icam-png.h"

#include <stdio.h>

G_DEFINE_BOXED_TYPE (IcamPicture, icam_picture, icam_picture_ref, icam_picture_unref)

/**
 * icam_picture_ref:
 * @self: a picture
 *
 * Returns: (transfer full): @self
 */
IcamPicture *
icam_picture_ref (IcamPicture *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * icam_picture_unref:
 * @self: (transfer full): a picture
 */
void
icam_picture_unref (IcamPicture *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_bytes_unref (self->pixels);
  g_free (self);
}

static char *
make_comment (IcamPicture *self)
{
  char channel[ICAM_UUID_TEXT_SIZE];

  icam_uuid_format (&self->channel, channel);
  return g_strdup_printf ("icam channel=%s utc=%" G_GINT64_FORMAT, channel, self->utc_us);
}

/**
 * icam_picture_to_jpeg:
 * @self: a picture
 * @error: return location; G_IO_ERROR
 *
 * Encodes: call it off the main thread.
 *
 * Returns: (transfer full) (nullable): a JPEG file whose COM segment names the channel and the time
 */
GBytes *
icam_picture_to_jpeg (IcamPicture *self,
                      GError     **error)
{
  g_autofree char *comment = make_comment (self);

  return icam_jpeg_encode_rgbx (g_bytes_get_data (self->pixels, NULL), self->width, self->height,
                                self->stride, comment, error);
}

/**
 * icam_picture_to_png:
 * @self: a picture
 * @error: return location; G_IO_ERROR, or why GStreamer does not encode
 *
 * Encodes: call it off the main thread.
 *
 * Returns: (transfer full) (nullable): a PNG file whose comment names the channel and the time
 */
GBytes *
icam_picture_to_png (IcamPicture *self,
                     GError     **error)
{
  g_autofree char *comment = make_comment (self);

  return icam_png_encode_rgbx (self->pixels, self->width, self->height, self->stride, comment, error);
}

/* Looks for the comment that says whose picture it is, before the first scan (ITU-T T.81, B.1.1). */
static void
read_owner (const guint8 *data,
            gsize         length,
            IcamPicture  *self)
{
  gsize at = 2;

  while (at + 4 <= length && data[at] == 0xff && data[at + 1] != 0xda)
    {
      gsize size = (gsize) data[at + 2] << 8 | data[at + 3];

      if (size < 2 || size > length - at - 2)
        return;
      if (data[at + 1] == 0xfe)
        {
          g_autofree char *text = g_strndup ((const char *) data + at + 4, MIN (size - 2, 128));
          char channel[ICAM_UUID_TEXT_SIZE];
          gint64 utc_us;

          if (sscanf (text, "icam channel=%32s utc=%" G_GINT64_FORMAT, channel, &utc_us) == 2
              && icam_uuid_parse (channel, &self->channel))
            self->utc_us = utc_us;
        }
      at += 2 + size;
    }
}

/**
 * icam_picture_from_jpeg:
 * @data: a JPEG file
 * @length: of it in bytes
 * @error: return location; G_IO_ERROR_INVALID_DATA
 *
 * Decodes: call it off the main thread. Channel and time are those that stand in its COM segment, else they stay empty; the caller
 * compares them with what it asked for.
 *
 * Returns: (transfer full) (nullable): the picture
 */
IcamPicture *
icam_picture_from_jpeg (const guint8 *data,
                        gsize         length,
                        GError      **error)
{
  guint width, height;
  GBytes *pixels = icam_jpeg_decode_rgbx (data, length, 0, &width, &height, error);
  IcamPicture *self;

  if (pixels == NULL)
    return NULL;

  self = g_new0 (IcamPicture, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->width = width;
  self->height = height;
  self->stride = width * 4;
  self->pixels = pixels;
  read_owner (data, length, self);
  return self;
}
