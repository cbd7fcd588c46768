/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-camera-setting.h"

#include "base/icam-zone.h"

/* A clock that is not farther off is right: the answer takes its time, too. */
#define GOOD_OFFSET_US (2 * G_USEC_PER_SEC)

typedef enum
{
  SIZE,
  RATE,
  KEY_FRAMES,
  ZONE,
  TIME_SERVER,
  TIME,
  N_FIELDS,
} Field;

/* As on the bus and in the configuration. */
static const char *const names[N_FIELDS] = {
  [SIZE] = "size",
  [RATE] = "rate",
  [KEY_FRAMES] = "key-frames",
  [ZONE] = "zone",
  [TIME_SERVER] = "time-server",
  [TIME] = "time",
};

/**
 * icam_camera_setting_clear:
 * @setting: frees what is in it
 */
void
icam_camera_setting_clear (IcamCameraSetting *setting)
{
  g_clear_pointer (&setting->zone, g_free);
}

/**
 * icam_camera_setting_copy:
 * @setting: a setting
 * @copy: (out caller-allocates): a copy
 */
void
icam_camera_setting_copy (const IcamCameraSetting *setting,
                          IcamCameraSetting       *copy)
{
  *copy = *setting;
  copy->zone = g_strdup (setting->zone);
}

static gboolean
is_same (const IcamCameraSetting *a,
         const IcamCameraSetting *b,
         Field                    field)
{
  const IcamEncoding *from = &a->encoding, *to = &b->encoding;

  if (field <= KEY_FRAMES ? !a->encoder || !b->encoder : !a->clock || !b->clock)
    return TRUE;

  switch (field)
    {
    case SIZE:
      return from->width == to->width && from->height == to->height;
    case RATE:
      return ABS (from->rate - to->rate) < 0.01;
    case KEY_FRAMES:
      return from->gop == to->gop;
    case ZONE:
      return g_strcmp0 (a->zone, b->zone) == 0;
    case TIME_SERVER:
      return !a->ntp == !b->ntp;
    case TIME:
      return ABS (a->offset - b->offset) < GOOD_OFFSET_US;
    case N_FIELDS:
    default:
      return TRUE;
    }
}

static void
take (const IcamCameraSetting *from,
      IcamCameraSetting       *to,
      Field                    field)
{
  switch (field)
    {
    case SIZE:
      to->encoding.width = from->encoding.width;
      to->encoding.height = from->encoding.height;
      break;
    case RATE:
      to->encoding.rate = from->encoding.rate;
      break;
    case KEY_FRAMES:
      to->encoding.gop = from->encoding.gop;
      break;
    case ZONE:
      g_free (to->zone);
      to->zone = g_strdup (from->zone);
      break;
    case TIME_SERVER:
      to->ntp = from->ntp;
      break;
    case TIME:
      to->offset = from->offset;
      break;
    case N_FIELDS:
    default:
      break;
    }
}

/**
 * icam_camera_setting_propose:
 * @now: how it is
 * @encoder: (nullable): what the sub stream's encoder can do
 * @own_zone: (nullable): the time zone of this computer, POSIX TZ
 * @utc: now, µs
 * @wanted: (out caller-allocates): how it would be better
 *
 * A clock that follows a time server and is right is left to it. One that is wrong in spite of it does not reach it: it is set by
 * hand then.
 */
void
icam_camera_setting_propose (const IcamCameraSetting *now,
                             const IcamEncoder       *encoder,
                             const char              *own_zone,
                             gint64                   utc,
                             IcamCameraSetting       *wanted)
{
  icam_camera_setting_copy (now, wanted);
  if (encoder != NULL)
    icam_encoder_propose (encoder, &wanted->encoding);
  if (!now->clock)
    return;

  if (own_zone != NULL && !icam_zone_equal (now->zone, own_zone, utc))
    {
      g_free (wanted->zone);
      wanted->zone = g_strdup (own_zone);
    }
  if (ABS (now->offset) >= GOOD_OFFSET_US)
    {
      wanted->offset = 0;
      wanted->ntp = FALSE;
    }
}

/**
 * icam_camera_setting_only:
 * @now: how it is
 * @wanted: (inout): how it is to be; what is not named is made as it is
 * @only: (nullable): names of what is to be changed, %NULL for all
 *
 * Returns: whether all names are known
 */
gboolean
icam_camera_setting_only (const IcamCameraSetting *now,
                          IcamCameraSetting       *wanted,
                          const char *const       *only)
{
  for (guint i = 0; only != NULL && only[i] != NULL; i++)
    {
      gboolean known = FALSE;

      for (guint field = 0; field < N_FIELDS; field++)
        known |= g_str_equal (only[i], names[field]);
      if (!known)
        return FALSE;
    }
  for (guint field = 0; only != NULL && field < N_FIELDS; field++)
    if (!g_strv_contains (only, names[field]))
      take (now, wanted, (Field) field);
  return TRUE;
}

static GVariant *
value_of (const IcamCameraSetting *setting,
          Field                    field)
{
  switch (field)
    {
    case SIZE:
      return g_variant_new ("(uu)", setting->encoding.width, setting->encoding.height);
    case RATE:
      return g_variant_new_double (setting->encoding.rate);
    case KEY_FRAMES:
      return g_variant_new_uint32 (setting->encoding.gop);
    case ZONE:
      return g_variant_new_string (setting->zone != NULL ? setting->zone : "");
    case TIME_SERVER:
      return g_variant_new_boolean (setting->ntp);
    case TIME:
    case N_FIELDS:
    default:
      return g_variant_new_int64 (setting->offset);
    }
}

/**
 * icam_camera_setting_changes:
 * @from: how it is
 * @to: how it is to be
 *
 * Returns: (transfer floating): a(svv), what changes: its name, its value before and after. size (uu), pixels; rate (d), pictures a
 * second; key-frames (u), pictures from one to the next; zone (s), POSIX TZ; time-server (b), whether one is followed; time (x), µs,
 * the camera's clock minus ours
 */
GVariant *
icam_camera_setting_changes (const IcamCameraSetting *from,
                             const IcamCameraSetting *to)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(svv)"));

  for (guint field = 0; field < N_FIELDS; field++)
    if (!is_same (from, to, (Field) field))
      g_variant_builder_add (&builder, "(svv)", names[field], value_of (from, (Field) field), value_of (to, (Field) field));
  return g_variant_builder_end (&builder);
}

static GVariant *
parse (const char *text)
{
  return text != NULL ? g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL) : NULL;
}

/**
 * icam_camera_setting_to_text:
 * @from: how it is
 * @to: how it is to be
 * @older: (nullable): what was kept before; it stays, it is older
 *
 * Returns: (transfer full): of what changes what is there now, to be kept. A clock that was wrong is not.
 */
char *
icam_camera_setting_to_text (const IcamCameraSetting *from,
                             const IcamCameraSetting *to,
                             const char              *older)
{
  g_autoptr (GVariant) kept = parse (older);
  GVariantDict dict = G_VARIANT_DICT_INIT (kept);
  g_autoptr (GVariant) all = NULL;

  for (guint field = 0; field < TIME; field++)
    if (!is_same (from, to, (Field) field) && !g_variant_dict_contains (&dict, names[field]))
      g_variant_dict_insert_value (&dict, names[field], value_of (from, (Field) field));
  all = g_variant_ref_sink (g_variant_dict_end (&dict));
  return g_variant_print (all, TRUE);
}

/**
 * icam_camera_setting_from_text:
 * @text: (nullable): what was kept
 * @now: how it is
 * @before: (out caller-allocates): how it was, as far as that was kept; the rest as it is
 */
void
icam_camera_setting_from_text (const char              *text,
                               const IcamCameraSetting *now,
                               IcamCameraSetting       *before)
{
  g_autoptr (GVariant) kept = parse (text);
  const char *zone = NULL;

  icam_camera_setting_copy (now, before);
  if (kept == NULL)
    return;

  g_variant_lookup (kept, names[SIZE], "(uu)", &before->encoding.width, &before->encoding.height);
  g_variant_lookup (kept, names[RATE], "d", &before->encoding.rate);
  g_variant_lookup (kept, names[KEY_FRAMES], "u", &before->encoding.gop);
  g_variant_lookup (kept, names[TIME_SERVER], "b", &before->ntp);
  if (g_variant_lookup (kept, names[ZONE], "&s", &zone) && *zone != '\0')
    {
      g_free (before->zone);
      before->zone = g_strdup (zone);
    }
}
