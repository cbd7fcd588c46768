/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-discovery.h"

#include <string.h>

/* Makers take the device's hardware address for the last 48 bits of its UUID, as RFC 4122 does
 * (section 4.1.6). */
static gboolean
has_node (const char *endpoint, const char *mac)
{
  const char *dash = endpoint != NULL ? strrchr (endpoint, '-') : NULL;

  return dash != NULL && mac != NULL && strcmp (dash + 1, mac) == 0;
}

/**
 * icam_hit_relate:
 * @self: a hit
 * @other: another
 *
 * What belongs to the device decides: its endpoint UUID first, then its hardware address, then its
 * serial number (across the two ways of finding only: cheap devices share serial numbers). One
 * address is not enough: several devices may stand behind it, on other ports.
 *
 * Returns: what they are to each other
 */
IcamHitRelation
icam_hit_relate (IcamHit *self, IcamHit *other)
{
  const char *endpoint = icam_hit_get_endpoint (self);
  const char *other_endpoint = icam_hit_get_endpoint (other);
  const char *mac = icam_hit_get_mac (self);
  const char *other_mac = icam_hit_get_mac (other);
  gboolean one_way = strcmp (icam_hit_get_source (self), icam_hit_get_source (other)) == 0;
  gboolean macs_differ = mac != NULL && other_mac != NULL && strcmp (mac, other_mac) != 0;

  if (endpoint != NULL && other_endpoint != NULL)
    {
      if (strcmp (endpoint, other_endpoint) != 0)
        return ICAM_HIT_OTHER;
      /* A UUID that was burnt into a whole series. */
      return one_way && macs_differ ? ICAM_HIT_OTHER : ICAM_HIT_SAME;
    }
  if (macs_differ)
    return ICAM_HIT_OTHER;
  if ((mac != NULL && other_mac != NULL) || has_node (endpoint, other_mac)
      || has_node (other_endpoint, mac))
    return ICAM_HIT_SAME;
  /* A short one is what a maker left in all of them. */
  if (!one_way && icam_hit_get_serial (self) != NULL && strlen (icam_hit_get_serial (self)) >= 6
      && g_strcmp0 (icam_hit_get_serial (self), icam_hit_get_serial (other)) == 0)
    return ICAM_HIT_SAME;

  return strcmp (icam_hit_get_address (self), icam_hit_get_address (other)) == 0
             && (icam_hit_get_port (self) == icam_hit_get_port (other)
                 || strcmp (icam_hit_get_name (self), icam_hit_get_name (other)) == 0)
           ? ICAM_HIT_PERHAPS
           : ICAM_HIT_UNRELATED;
}
