/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever arrives at the port of WS-Discovery, and the hits that are made of it. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "base/icam-text.h"
#include "discovery/icam-hit-private.h"
#include "discovery/icam-wsd-message-private.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_text (const char *text)
{
  g_assert_true (
    text == NULL
    || (*text != '\0' && strlen (text) <= ICAM_TEXT_MAX && g_utf8_validate (text, -1, NULL)));
}

static void
check_match (const IcamWsdMatch *match, GInetAddress *sender)
{
  const IcamWsdXAddr *xaddr = icam_wsd_match_choose (match, sender);
  g_autoptr (IcamHit) hit = NULL;
  g_autoptr (IcamHit) other = NULL;
  IcamHitFields fields = {
    .key = "k",
    .source = "ws-discovery",
    .service = "_onvif._tcp",
    .address = "192.0.2.7",
    .port = xaddr != NULL ? xaddr->port : 80,
    .name = match->name,
    .hardware = match->hardware,
    .mac = match->mac,
    .serial = match->serial,
    .endpoint = match->endpoint,
    .path = xaddr != NULL ? xaddr->path : NULL,
  };

  g_assert_true (match->xaddrs->len == 0 || xaddr != NULL);
  g_assert_true (xaddr == NULL || (*xaddr->host != '\0' && xaddr->port != 0));
  g_assert_true (xaddr == NULL || xaddr->path == NULL || *xaddr->path == '/');
  hit = icam_hit_new (&fields);
  fields.source = "mdns";
  fields.endpoint = NULL;
  other = icam_hit_new (&fields);
  check_text (icam_hit_get_name (hit));
  check_text (icam_hit_get_hardware (hit));
  check_text (icam_hit_get_serial (hit));
  check_text (icam_hit_get_path (hit));
  g_assert_true (icam_hit_get_mac (hit) == NULL || strlen (icam_hit_get_mac (hit)) == 12);
  g_assert_cmpint (icam_hit_relate (hit, other), ==, icam_hit_relate (other, hit));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (IcamWsdMessage) message = icam_wsd_message_parse (data, size);
  g_autoptr (GInetAddress) sender = g_inet_address_new_from_string ("192.0.2.7");

  if (message == NULL)
    return 0;

  g_assert_cmpuint (size, <=, ICAM_WSD_MAX_SIZE);
  g_assert_true (message->relates_to == NULL || strlen (message->relates_to) == 36);
  g_assert_cmpuint (message->matches->len, <=, ICAM_WSD_MAX_MATCHES);
  for (guint i = 0; i < message->matches->len; i++)
    check_match (g_ptr_array_index (message->matches, i), sender);
  return 0;
}
