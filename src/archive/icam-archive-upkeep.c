/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-catalogue-mend.h"
#include "archive/icam-check.h"
#include "archive/icam-disk-private.h"

#include <sys/timex.h>

/* Flags of a catalogue. */
#define FLAG_FRESH "fresh"       /* nobody has looked yet what it takes the place of */
#define FLAG_REBUILD "rebuild"   /* it took another's place, and not all files have been looked at since */
#define FLAG_AGE_WAITS "age-waits" /* nobody has said since then that what is old may go */

/* A clock that is ahead by so much of where it was seconds ago was set. */
#define STEP_US (10 * G_USEC_PER_SEC)

#define SETTING_GENERATION "catalogue-generation"
#define SETTING_CLOCK "clock-confirmed"

/* ---- a catalogue that takes another's place ---- */

/* Numbers of the old one's files are not used again, and what they say comes back by a rebuild. */
gboolean
icam_store_take_place (IcamStore *self, GError **error)
{
  g_autofree char *before = NULL;
  g_autofree char *text = NULL;
  guint64 generation = 0;

  if (!icam_catalogue_get_flag (self->catalogue, FLAG_FRESH))
    return TRUE;
  if (icam_config_has_archives (self->config))
    {
      before = icam_config_get_setting (self->config, SETTING_GENERATION);
      if (before != NULL)
        g_ascii_string_to_unsigned (before, 10, 0, 4000, &generation, NULL);
      text = g_strdup_printf ("%" G_GUINT64_FORMAT, ++generation);
      if (!icam_config_set_setting (self->config, SETTING_GENERATION, text, error)
          || !icam_catalogue_begin_generation (self->catalogue, (guint) generation, error))
        return FALSE;
      icam_disk_fault ("generation");
      if (!icam_catalogue_set_flag (self->catalogue, FLAG_REBUILD, TRUE, error)
          || !icam_catalogue_set_flag (self->catalogue, FLAG_AGE_WAITS, TRUE, error))
        return FALSE;
    }
  return icam_catalogue_set_flag (self->catalogue, FLAG_FRESH, FALSE, error);
}

/* The next catalogue must begin behind all that this one has seen, whatever configuration that came from. */
static gboolean
note_generation (IcamCatalogue *catalogue, IcamConfig *config, GError **error)
{
  g_autofree char *before = icam_config_get_setting (config, SETTING_GENERATION);
  g_autofree char *text = NULL;
  guint64 known = 0, seen = icam_catalogue_get_generation (catalogue);

  if (before != NULL)
    g_ascii_string_to_unsigned (before, 10, 0, 4000, &known, NULL);
  if (seen <= known)
    return TRUE;
  text = g_strdup_printf ("%" G_GUINT64_FORMAT, seen);
  return icam_config_set_setting (config, SETTING_GENERATION, text, error);
}

/* All has been looked at: what can be known is known again. */
gboolean
icam_check_rebuilt (IcamCheck *self, gint64 now_us, GError **error)
{
  GVariantDict params = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) said = NULL;
  g_autofree char *count = g_strdup_printf ("%" G_GUINT64_FORMAT, self->result->segments);

  icam_disk_fault ("rebuilt");
  g_variant_dict_insert (&params, "count", "s", count);
  said = g_variant_ref_sink (g_variant_dict_end (&params));
  icam_catalogue_journal (self->catalogue, now_us, "catalogue-rebuilt", said);
  return note_generation (self->catalogue, self->config, error)
         && icam_catalogue_set_flag (self->catalogue, FLAG_FRESH, FALSE, error)
         /* What lies in a folder that is used and not here is looked for at the next start. */
         && icam_catalogue_set_flag (self->catalogue, FLAG_REBUILD, self->incomplete, error);
}

/**
 * icam_archive_needs_rebuild:
 * @self: an archive
 *
 * Returns: whether its catalogue took the place of one that was lost or damaged, and does not know all files yet
 */
gboolean
icam_archive_needs_rebuild (IcamArchive *self)
{
  return icam_catalogue_get_flag (icam_archive_get_store (self)->catalogue, FLAG_REBUILD);
}

static void
on_reopening (gint64 stream, guint64 seq, gpointer data)
{
  icam_store_note_reopened (data, stream, seq);
}

/**
 * icam_archive_examine:
 * @self: an archive
 * @options: what to do
 * @result: (out): what was found
 * @error: return location, ICAM_ERROR_DATABASE, G_IO_ERROR_CANCELLED
 *
 * Compares all files with all rows, in all folders that are known and here, and looks whether what must always hold does. Blocks.
 *
 * Returns: whether all was looked at
 */
gboolean
icam_archive_examine (IcamArchive *self, const IcamCheckOptions *options, IcamCheckResult *result, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (store);
  IcamCheck check = {
    .catalogue = store->catalogue,
    .config = store->config,
    .live_epoch = store->first_epoch,
    .options = options,
    .result = result,
    .reopening = on_reopening,
    .data = store,
  };
  gboolean ok;

  icam_config_get_catalogue (store->config, &check.owner);
  ok = icam_check_run (&check, NULL, error);
  if (ok && options->repair && options->restore)
    ok = icam_check_rebuilt (&check, icam_clock_utc (store->clock), error);
  /* Also of what was done until it was cancelled. */
  for (guint i = 0; options->repair && i < disks->len; i++)
    icam_disk_recover (g_ptr_array_index (disks, i), NULL);
  return ok;
}

/* ---- what may be deleted because of its age ---- */

/* Whether the clock was set and no epoch has begun yet: who is to begin it learns of that on another thread, and a little later. */
static gboolean
is_stepping (IcamStore *self)
{
  gint64 offset = icam_clock_utc (self->clock) - icam_clock_boottime (self->clock);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (ABS (offset - self->kept_us) >= STEP_US)
    return TRUE;
  self->kept_us = offset;
  return FALSE;
}

IcamAge
icam_store_get_age (IcamStore *self)
{
  g_autofree char *confirmed = NULL;
  struct timex state = { 0 };

  if (icam_catalogue_get_flag (self->catalogue, FLAG_AGE_WAITS))
    return ICAM_AGE_CATALOGUE;
  if (self->options.trust_clock != ICAM_TRUST_KERNEL)
    return self->options.trust_clock == ICAM_TRUST_ALWAYS ? ICAM_AGE_TRUSTED : ICAM_AGE_CLOCK;
  if (is_stepping (self))
    return ICAM_AGE_CLOCK;
  if (adjtimex (&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0)
    return ICAM_AGE_TRUSTED;
  /* Somebody has looked at it, and it has not been set since. */
  confirmed = icam_config_get_setting (self->config, SETTING_CLOCK);
  return confirmed != NULL ? ICAM_AGE_TRUSTED : ICAM_AGE_CLOCK;
}

/* The clock was set: what somebody said of it does not count any more. */
void
icam_store_distrust_clock (IcamStore *self)
{
  g_autofree char *confirmed = icam_config_get_setting (self->config, SETTING_CLOCK);

  if (confirmed != NULL)
    icam_config_set_setting (self->config, SETTING_CLOCK, NULL, NULL);
}

/**
 * icam_archive_get_age:
 * @self: an archive
 *
 * Returns: whether something may be deleted because of its age, or why not
 */
IcamAge
icam_archive_get_age (IcamArchive *self)
{
  return icam_store_get_age (icam_archive_get_store (self));
}

/**
 * icam_archive_confirm_age:
 * @self: an archive
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Somebody has looked: the clock is right, and what is listed is what there is. The former counts until the clock is set.
 *
 * Returns: whether that is stored
 */
gboolean
icam_archive_confirm_age (IcamArchive *self, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, icam_clock_utc (store->clock));
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (store);

  if (!icam_config_set_setting (store->config, SETTING_CLOCK, now, error)
      || !icam_catalogue_set_flag (store->catalogue, FLAG_AGE_WAITS, FALSE, error))
    return FALSE;
  for (guint i = 0; i < disks->len; i++)
    icam_disk_keep (g_ptr_array_index (disks, i));
  return TRUE;
}
