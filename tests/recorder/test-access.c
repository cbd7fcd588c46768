/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "recorder/icam-access.h"

#include "icam-recorder1.h"

static GDBusInterfaceInfo *const *
interfaces (void)
{
  static GDBusInterfaceInfo *list[7];

  list[0] = icam_dbus_manager_interface_info ();
  list[1] = icam_dbus_device_interface_info ();
  list[2] = icam_dbus_camera_interface_info ();
  list[3] = icam_dbus_found_interface_info ();
  list[4] = icam_dbus_probe_interface_info ();
  list[5] = icam_dbus_job_interface_info ();
  return list;
}

/* What only looks. Everything else changes something, or tells a password. */
static const char *const view[] = {
  "ListEvents", "OpenThumbnail", "ListJournal", "ListConnections", "GetMemory", "GetRates", "ListSegments", "OpenSegment",
  "OpenLive", "Export", "Cancel", "ListFolders", "ListProtections",
  "PtzMove", "PtzStop", "PtzGo", "PtzHome", "PtzGotoPreset", "PtzGetState", "GetImaging", "GetDefaults", "GetClock", "ListRelays", NULL,
};

static void
test_every_method_is_annotated (void)
{
  guint n = 0;

  for (GDBusInterfaceInfo *const *info = interfaces (); *info != NULL; info++)
    for (GDBusMethodInfo **method = (*info)->methods; method != NULL && *method != NULL; method++)
      {
        gboolean probe = g_str_has_suffix ((*info)->name, ".Probe");
        IcamAccessLevel level = icam_access_of_method (*method);

        g_test_message ("%s.%s", (*info)->name, (*method)->name);
        g_assert_cmpint (level, !=, ICAM_ACCESS_NONE);
        g_assert_cmpint (level, ==,
                         g_strv_contains (view, (*method)->name) && !probe ? ICAM_ACCESS_VIEW : ICAM_ACCESS_ADMIN);
        n++;
      }
  g_assert_cmpuint (n, >=, 20);
}

static void
test_unannotated_is_for_nobody (void)
{
  const GDBusMethodInfo method = { .name = (char *) "Format" };

  g_assert_cmpint (icam_access_of_method (&method), ==, ICAM_ACCESS_NONE);
}

static void
test_callers (void)
{
  const guint own = 1000, stranger = 1001;

  g_assert_cmpint (icam_access_of_caller (own, own, FALSE, FALSE, FALSE), ==, ICAM_ACCESS_ADMIN);
  g_assert_cmpint (icam_access_of_caller (0, own, FALSE, FALSE, FALSE), ==, ICAM_ACCESS_ADMIN);
  /* Groups count on the system bus alone. */
  g_assert_cmpint (icam_access_of_caller (stranger, own, FALSE, TRUE, TRUE), ==, ICAM_ACCESS_NONE);
  g_assert_cmpint (icam_access_of_caller (stranger, own, TRUE, FALSE, FALSE), ==, ICAM_ACCESS_NONE);
  g_assert_cmpint (icam_access_of_caller (stranger, own, TRUE, FALSE, TRUE), ==, ICAM_ACCESS_VIEW);
  g_assert_cmpint (icam_access_of_caller (stranger, own, TRUE, TRUE, FALSE), ==, ICAM_ACCESS_ADMIN);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/access/every-method-is-annotated", test_every_method_is_annotated);
  g_test_add_func ("/access/unannotated-is-for-nobody", test_unannotated_is_for_nobody);
  g_test_add_func ("/access/callers", test_callers);
  return g_test_run ();
}
