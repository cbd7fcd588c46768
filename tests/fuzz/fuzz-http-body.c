/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever a camera answers over HTTP: the first byte says how it is cut, then come head and body. The same pictures come out however it
 * is cut. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "media/icam-http-body.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
on_picture (guint8   *data,
            gsize     size,
            gpointer  user_data)
{
  const guint8 length[4] = { (guint8) (size >> 24), (guint8) (size >> 16), (guint8) (size >> 8), (guint8) size };

  g_assert_cmpuint (size, >, 4);
  g_assert_cmpuint (size, <=, ICAM_HTTP_MAX_PICTURE);
  g_assert_cmpmem (data, 2, "\xff\xd8", 2);
  g_checksum_update (user_data, length, sizeof length);
  g_checksum_update (user_data, data, (gssize) size);
  g_free (data);
}

static GChecksum *
read_body (const IcamHttpHead *head,
           const guint8       *data,
           gsize               size,
           gsize               piece)
{
  g_autoptr (IcamHttpBody) body = icam_http_body_new (head);
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA1);

  for (gsize at = 0; at < size && !icam_http_body_is_over (body) && !icam_http_body_is_bad (body);)
    {
      gsize missing = icam_http_body_get_missing (body);
      gsize length = MIN (piece, size - at), used;
      g_autofree guint8 *exact = g_memdup2 (data + at, length);

      g_assert_cmpuint (missing, <=, ICAM_HTTP_MAX_PICTURE);
      used = icam_http_body_push (body, exact, length, on_picture, sum);
      g_assert_cmpuint (used, <=, length);
      g_assert_true (used == length || icam_http_body_is_over (body) || icam_http_body_is_bad (body));
      at += used;
    }
  if (!icam_http_body_is_bad (body))
    icam_http_body_end (body, on_picture, sum);
  return sum;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (IcamHttpHead) head = { 0 };
  g_autoptr (GChecksum) whole = NULL;
  g_autoptr (GChecksum) cut = NULL;
  gssize length;

  if (size < 2)
    return 0;

  for (size_t part = 0; part < MIN (size - 1, 64); part++)
    {
      g_auto (IcamHttpHead) half = { 0 };
      g_autofree guint8 *exact = g_memdup2 (data + 1, part);

      icam_http_head_parse (&half, (const char *) exact, part);
    }
  length = icam_http_head_parse (&head, (const char *) data + 1, size - 1);
  g_assert_cmpint (length, <=, (gssize) size - 1);
  if (length <= 0)
    return 0;
  g_assert_cmpuint (head.status, <=, 999);

  whole = read_body (&head, data + 1 + length, size - 1 - (gsize) length, size);
  cut = read_body (&head, data + 1 + length, size - 1 - (gsize) length, data[0] % 64 + 1u);
  g_assert_cmpstr (g_checksum_get_string (whole), ==, g_checksum_get_string (cut));
  return 0;
}
