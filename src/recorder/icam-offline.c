/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-offline.h"

#include "archive/icam-archive-check.h"

#include <stdio.h>

static void
on_report (IcamFinding finding,
           const char *what,
           gpointer    user_data)
{
  g_autofree char *escaped = g_strescape (what, NULL);

  printf ("%s: %s\n", icam_finding_to_string (finding), escaped);
}

static const char *
remedy (const GError *error)
{
  if (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_ARCHIVE_LOCKED))
    return "The recorder is running: stop it first.";
  if (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_ARCHIVE_MISSING))
    return "There is no archive in this folder.";
  if (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_ARCHIVE_WRONG))
    return "This folder belongs to another recorder's archive.";

  return NULL;
}

/**
 * icam_offline_run:
 * @data_dir: folder of the databases
 * @folder: (nullable): the archive; the one that was chosen if %NULL
 * @otherwise: the archive when none was chosen
 * @rebuild: make the catalogue anew; else only compare
 *
 * Returns: exit code: 0 when all is as it should be, 1 when something was found or it could not be done
 */
int
icam_offline_run (const char *data_dir,
                  const char *folder,
                  const char *otherwise,
                  gboolean    rebuild)
{
  g_autofree char *chosen = folder != NULL ? g_strdup (folder) : icam_archive_chosen_folder (data_dir);
  g_autoptr (GError) error = NULL;
  const IcamCheckOptions options = { .deep = TRUE, .report = on_report };
  IcamCheckResult result = { 0 };
  guint found = 0;
  gboolean done;

  folder = chosen != NULL ? chosen : otherwise;
  done = rebuild ? icam_archive_rebuild (data_dir, folder, &options, &result, &error)
                 : icam_archive_check (data_dir, folder, &options, &result, &error);

  if (!done)
    {
      const char *words = remedy (error);

      if (words != NULL)
        fprintf (stderr, "%s\n", words);
      else
        fprintf (stderr, "It could not be done: %s\n", error->message);
      return 1;
    }

  printf ("%" G_GUINT64_FORMAT " recordings, %.1f GB, are as they should be.\n", result.segments,
          (double) result.bytes / 1e9);
  if (result.found[ICAM_FINDING_ABSENT] > 0)
    printf ("%u folders are not here: nothing is known of them.\n", result.found[ICAM_FINDING_ABSENT]);
  if (result.restored > 0)
    printf ("%" G_GUINT64_FORMAT " entries come from the backup.\n", result.restored);
  printf ("%u unfinished", result.unfinished);
  for (guint i = 0; i < ICAM_FINDING_ABSENT; i++)
    {
      printf (", %u %s", result.found[i], icam_finding_to_string (i));
      found += result.found[i];
    }
  printf ("\n");
  return rebuild || found == 0 ? 0 : 1;
}
