/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever is announced: a TXT record as it is on the wire (a length, then so many bytes), and what
 * is made of it. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "discovery/icam-hit-private.h"
#include "discovery/icam-mdns-txt-private.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check (const char *text)
{
  g_assert_true (text == NULL
                 || (*text != '\0' && strlen (text) <= 256 && g_utf8_validate (text, -1, NULL)));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_auto (IcamMdnsTxt) txt;
  g_autoptr (IcamHit) hit = NULL;
  g_autofree char *name = g_strndup ((const char *) data, MIN (size, 63));

  icam_mdns_txt_init (&txt);
  for (size_t i = 0; i < size;)
    {
      size_t length = MIN (data[i], size - i - 1);

      icam_mdns_txt_add (&txt, data + i + 1, length);
      i += 1 + length;
    }

  hit = icam_hit_new (&(IcamHitFields){ .key = "k",
                                        .source = "mdns",
                                        .service = "_onvif._tcp",
                                        .address = "192.0.2.7",
                                        .port = 80,
                                        .name = name,
                                        .mac = txt.mac,
                                        .hardware = txt.hardware,
                                        .path = txt.path,
                                        .endpoint = txt.endpoint });
  check (icam_hit_get_name (hit));
  check (icam_hit_get_hardware (hit));
  check (icam_hit_get_path (hit));
  g_assert_true (icam_hit_get_path (hit) == NULL || *icam_hit_get_path (hit) == '/');
  g_assert_true (icam_hit_get_mac (hit) == NULL || strlen (icam_hit_get_mac (hit)) == 12);
  g_assert_true (icam_hit_get_endpoint (hit) == NULL || strlen (icam_hit_get_endpoint (hit)) == 36);
  return 0;
}
