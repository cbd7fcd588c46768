/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Prints what discovery finds, a JSON line an event, until it is told to end (SIGTERM). For the
 * tests of the harness.
 *
 *   icam-print-hits [FIRST LONGEST PATIENCE]    how often WS-Discovery asks, in ms */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib-unix.h>

#include "base/icam-error.h"
#include "discovery/icam-discovery-private.h"

static void
print_string (GString *line, const char *name, const char *value)
{
  g_string_append_printf (line, ", \"%s\": ", name);
  if (value == NULL)
    {
      g_string_append (line, "null");
      return;
    }

  g_assert_true (g_utf8_validate (value, -1, NULL));
  g_string_append_c (line, '"');
  for (const char *p = value; *p != '\0'; p++)
    {
      g_assert_false (g_ascii_iscntrl (*p));
      if (*p == '"' || *p == '\\')
        g_string_append_c (line, '\\');
      g_string_append_c (line, *p);
    }
  g_string_append_c (line, '"');
}

static void
print_hit (const char *event, IcamHit *hit)
{
  g_autoptr (GString) line = g_string_new (NULL);

  g_string_printf (line, "{\"event\": \"%s\", \"port\": %u, \"secure\": %s", event,
                   icam_hit_get_port (hit), icam_hit_get_secure (hit) ? "true" : "false");
  print_string (line, "key", icam_hit_get_key (hit));
  print_string (line, "source", icam_hit_get_source (hit));
  print_string (line, "name", icam_hit_get_name (hit));
  print_string (line, "service", icam_hit_get_service (hit));
  print_string (line, "address", icam_hit_get_address (hit));
  print_string (line, "mac", icam_hit_get_mac (hit));
  print_string (line, "hardware", icam_hit_get_hardware (hit));
  print_string (line, "path", icam_hit_get_path (hit));
  print_string (line, "endpoint", icam_hit_get_endpoint (hit));
  print_string (line, "serial", icam_hit_get_serial (hit));
  puts (g_string_append_c (line, '}')->str);
}

static void
on_appeared (IcamDiscovery *discovery, IcamHit *hit, gpointer user_data)
{
  print_hit ("appeared", hit);
}

static void
on_disappeared (IcamDiscovery *discovery, IcamHit *hit, gpointer user_data)
{
  print_hit ("disappeared", hit);
}

static void
on_state (IcamDiscovery *discovery, GParamSpec *pspec, gpointer user_data)
{
  static const char *const names[] = { "starting", "running", "absent", "failed" };
  const GError *error = icam_discovery_get_error (discovery);
  g_autoptr (GPtrArray) list = icam_discovery_list (discovery);

  printf ("{\"event\": \"state\", \"state\": \"%s\", \"error\": \"%s\", \"hits\": %u}\n",
          names[icam_discovery_get_state (discovery)],
          error != NULL ? icam_error_code_name ((IcamError) error->code) : "", list->len);
}

static gboolean
on_terminate (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (IcamDiscovery) discovery = icam_discovery_new ();

  if (argc == 4)
    icam_discovery_set_pace (discovery,
                             &(IcamWsdPace){ .first = (guint) strtoul (argv[1], NULL, 10),
                                             .longest = (guint) strtoul (argv[2], NULL, 10),
                                             .patience = (guint) strtoul (argv[3], NULL, 10) });
  setvbuf (stdout, NULL, _IOLBF, 0);
  g_signal_connect (discovery, "appeared", G_CALLBACK (on_appeared), NULL);
  g_signal_connect (discovery, "disappeared", G_CALLBACK (on_disappeared), NULL);
  g_signal_connect (discovery, "notify::state", G_CALLBACK (on_state), NULL);
  g_unix_signal_add (SIGTERM, on_terminate, loop);
  icam_discovery_start (discovery);
  g_main_loop_run (loop);
  icam_discovery_stop (discovery);
  puts ("{\"event\": \"end\"}");
  return 0;
}
