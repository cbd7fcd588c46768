/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever comes over a live socket: the first byte says how it is cut. What the parser hands out is what a viewer may rely on. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "client/icam-live-parser.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const IcamUuid channel = { { 1, 2, 3 } };
  g_autoptr (IcamLiveParser) parser = NULL;
  size_t piece, at = 1;

  if (size < 1)
    return 0;
  piece = data[0] + 1u;
  parser = icam_live_parser_new (&channel, ICAM_ROLE_SUB);

  while (at < size)
    {
      g_auto (IcamLiveRecord) record = { 0 };
      gsize wanted;
      guint8 *where = icam_live_parser_reserve (parser, &wanted);
      gsize n = MIN (MIN (wanted, piece), size - at);

      g_assert_cmpuint (wanted, >, 0);
      g_assert_cmpuint (wanted, <=, ICAM_LIVE_MAX_PAYLOAD);
      memcpy (where, data + at, n);
      at += n;
      if (!icam_live_parser_commit (parser, n, NULL))
        break;
      if (!icam_live_parser_take (parser, &record))
        continue;

      g_assert_true (icam_uuid_equal (&record.header.channel, &channel));
      g_assert_cmpint (record.header.role, ==, ICAM_ROLE_SUB);
      g_assert_cmpuint (g_bytes_get_size (record.payload), ==, record.header.length);
      if (record.header.kind == ICAM_LIVE_STATE)
        g_assert_cmpuint (record.header.length, <=, 64);
    }

  return 0;
}
