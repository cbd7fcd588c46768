/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What people are told of an export: the page of a folder, names of files, remarks. */

#include "config.h"

#include "client/icam-client-export.h"

#include <string.h>

#define START_US G_GINT64_CONSTANT (1790000000000000) /* 2026-09-21T14:13:20Z */

static IcamExportedFile *
make_file (const char *name,
           const char *file)
{
  IcamExportedFile *self = g_new0 (IcamExportedFile, 1);

  self->name = g_strdup (name);
  self->file = g_strdup (file);
  if (file != NULL)
    {
      self->result = g_new0 (IcamExportResult, 1);
      self->result->from = START_US;
      self->result->to = START_US + 90 * G_USEC_PER_SEC;
      self->result->bytes = 1500000;
    }
  return self;
}

/* Nothing of a name is markup, and nothing of a file's name is more than a name. */
static void
test_page (void)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_exported_file_free);
  g_autofree char *page = NULL;

  g_ptr_array_add (files, make_file ("<script>alert(1)</script> & \"co\"", "javascript:alert(1) 'x' \"y\" #1?.mp4"));
  g_ptr_array_add (files, make_file ("Bad \xff name", NULL));
  page = icam_export_page (files, START_US, START_US + 90 * G_USEC_PER_SEC);
  g_assert_true (g_utf8_validate (page, -1, NULL));
  g_assert_null (strstr (page, "<script"));
  g_assert_nonnull (strstr (page, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;co&quot;"));
  g_assert_nonnull (strstr (page, "src=\"./javascript%3Aalert%281%29%20%27x%27%20%22y%22%20%231%3F.mp4\""));
  g_assert_nonnull (strstr (page, "2026-09-21 14:13:20 to 2026-09-21 14:14:50 UTC"));
  g_assert_nonnull (strstr (page, "Nothing was recorded then."));
  g_assert_true (g_str_has_prefix (page, "<!DOCTYPE html>\n"));
  g_assert_true (g_str_has_suffix (page, "</html>\n"));
}

static void
test_names (void)
{
  g_autofree char *plain = icam_export_file_name ("Front door", START_US);
  g_autofree char *hostile = icam_export_file_name ("../../etc/passwd\n", 0);

  g_assert_cmpstr (plain, ==, "Front door 2026-09-21 14.13.20");
  g_assert_null (strchr (hostile, '/'));
  g_assert_null (strchr (hostile, '\n'));
  g_assert_cmpint (hostile[0], !=, '.');
}

static void
test_remarks (void)
{
  const IcamExportRequest request = { .format = ICAM_EXPORT_MP4, .exact = TRUE };
  IcamExportResult result = { .format = ICAM_EXPORT_MP4, .exact = TRUE };
  g_autofree char *none = icam_export_result_remark (&result, &request);
  g_autofree char *hidden = NULL;
  g_autofree char *sound = NULL;

  g_assert_null (none);
  result.hidden = 1300000;
  hidden = icam_export_result_remark (&result, &request);
  g_assert_nonnull (strstr (hidden, "1.3 seconds"));
  result = (IcamExportResult){ .format = ICAM_EXPORT_MATROSKA, .reason = "sound" };
  sound = icam_export_result_remark (&result, &request);
  g_assert_nonnull (strstr (sound, "sound of this kind"));
  g_assert_nonnull (strstr (sound, "a little earlier"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/export/page", test_page);
  g_test_add_func ("/client/export/names", test_names);
  g_test_add_func ("/client/export/remarks", test_remarks);
  return g_test_run ();
}
