/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "base/icam-time.h"
#include "client/icam-words.h"

typedef struct
{
  char *zone, *server, *ir_cut, *relay;
  gboolean set, from_network, on, off;
  double brightness, contrast, saturation, sharpness;
} Wishes;

static const char *const imaging_names[] = { "brightness", "contrast", "saturation", "sharpness" };

static double *
imaging_wish (Wishes *wishes,
              guint   index)
{
  double *const values[]
    = { &wishes->brightness, &wishes->contrast, &wishes->saturation, &wishes->sharpness };

  return values[index];
}

static GVariant *
no_options (void)
{
  return g_variant_new ("a{sv}", NULL);
}

static IcamDBusDevice *
device_of (IcamCtl    *ctl,
           IcamCamera *camera)
{
  return icam_client_get_device (ctl->client, icam_dbus_camera_get_device (icam_camera_get_proxy (camera)));
}

/* NULL with @error set when it did not work. */
static GVariant *
call (IcamCtl    *ctl,
      gpointer    proxy,
      const char *method,
      GVariant   *arguments,
      GError    **error)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  g_dbus_proxy_call (proxy, method, arguments, G_DBUS_CALL_FLAGS_NONE, -1, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  return g_dbus_proxy_call_finish (proxy, result, error);
}

/* ---- the password ---- */

static gboolean
change_password (IcamCtl        *ctl,
                 IcamDBusDevice *device,
                 IcamSecret     *secret,
                 GError        **error)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  int fd = icam_secret_to_pipe (secret, error);
  int handle;

  if (fd < 0)
    return FALSE;
  handle = g_unix_fd_list_append (fds, fd, error);
  close (fd);
  if (handle < 0)
    return FALSE;

  icam_dbus_device_call_change_password (device, g_variant_new_handle (handle), no_options (), fds, ctl->cancellable,
                                         icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  return icam_dbus_device_call_change_password_finish (device, NULL, result, error);
}

static IcamSecret *
read_new_password (IcamCtl *ctl,
                   int     *code)
{
  g_autoptr (IcamSecret) first = NULL;
  g_autoptr (IcamSecret) second = NULL;
  GError *error = NULL;

  first = icam_ctl_read_password (ctl, _ ("New password: "), &error);
  if (first != NULL && isatty (STDIN_FILENO))
    {
      second = icam_ctl_read_password (ctl, _ ("The new password again: "), &error);
      if (second != NULL && strcmp (icam_secret_peek (first), icam_secret_peek (second)) != 0)
        {
          *code = icam_ctl_usage (ctl, _ ("These are not the same. Nothing was changed."));
          return NULL;
        }
    }
  if (error != NULL)
    {
      *code = icam_ctl_done (ctl, FALSE, error);
      return NULL;
    }
  return g_steal_pointer (&first);
}

/* One new password for all cameras that are named; each is told how it went, and the worst is the exit code. */
static int
passwords (IcamCtl   *ctl,
           GPtrArray *cameras)
{
  g_autoptr (GHashTable) done = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  int code = ICAM_EXIT_OK;
  g_autoptr (IcamSecret) secret = read_new_password (ctl, &code);

  for (guint i = 0; secret != NULL && i < cameras->len && !icam_ctl_interrupted (ctl); i++)
    {
      IcamCamera *camera = cameras->pdata[i];
      g_autoptr (IcamDBusDevice) device = device_of (ctl, camera);
      g_autoptr (GError) error = NULL;
      g_autofree char *name = icam_ctl_plain (icam_camera_get_name (camera));

      /* Several cameras may be on one device. */
      if (device == NULL || !g_hash_table_add (done, g_strdup (icam_dbus_device_get_id (device))))
        continue;
      if (change_password (ctl, device, secret, &error))
        {
          if (!ctl->json)
            icam_ctl_print (_ ("%s has the new password."), name);
          continue;
        }
      if (cameras->len > 1)
        g_printerr ("%s: ", name);
      code = icam_ctl_fail (ctl, error);
    }
  return icam_ctl_interrupted (ctl) ? ICAM_EXIT_INTERRUPTED : code;
}

/* ---- the clock ---- */

static void
print_clock (IcamCtl  *ctl,
             GVariant *clock)
{
  gboolean ntp = FALSE, dhcp = FALSE;
  const char *server = NULL, *zone = NULL;
  gint64 offset = 0;
  g_autofree char *length = NULL;
  g_autofree char *follows = NULL;
  g_autofree char *plain = NULL;

  g_variant_lookup (clock, "ntp", "b", &ntp);
  g_variant_lookup (clock, "dhcp", "b", &dhcp);
  g_variant_lookup (clock, "server", "&s", &server);
  g_variant_lookup (clock, "zone", "&s", &zone);
  g_variant_lookup (clock, "offset", "x", &offset);
  if (ctl->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "ntp");
      json_builder_add_boolean_value (builder, ntp);
      json_builder_set_member_name (builder, "dhcp");
      json_builder_add_boolean_value (builder, dhcp);
      icam_ctl_json_string (builder, "server", server);
      icam_ctl_json_string (builder, "zone", zone);
      json_builder_set_member_name (builder, "offset");
      json_builder_add_double_value (builder, (double) offset / G_USEC_PER_SEC);
      json_builder_end_object (builder);
      icam_ctl_print_json (builder, FALSE);
      return;
    }

  length = icam_words_clock_offset (offset);
  follows = icam_words_clock_server (ntp, server);
  plain = icam_ctl_plain (follows);
  icam_ctl_print ("%s", length);
  icam_ctl_print ("%s", plain);
  if (zone != NULL)
    {
      g_autofree char *plain_zone = icam_ctl_plain (zone);

      icam_ctl_print (_ ("Time zone: %s"), plain_zone);
    }
}

static int
clock_of (IcamCtl    *ctl,
          IcamCamera *camera,
          Wishes     *wishes)
{
  g_autoptr (IcamDBusDevice) device = device_of (ctl, camera);
  g_auto (GVariantDict) wanted = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) clock = NULL;
  g_autofree char *zone = wishes->zone != NULL ? g_strdup (wishes->zone) : icam_time_dup_zone ();
  gboolean change = wishes->set || wishes->zone != NULL || wishes->server != NULL || wishes->from_network;
  GError *error = NULL;

  if (device == NULL)
    return icam_ctl_done (ctl, FALSE, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "camera", NULL));
  if (change)
    {
      gboolean ntp = wishes->server != NULL || wishes->from_network;

      if (wishes->set || ntp)
        g_variant_dict_insert (&wanted, "ntp", "b", ntp);
      if (wishes->set)
        g_variant_dict_insert (&wanted, "offset", "x", (gint64) 0);
      if (wishes->from_network)
        g_variant_dict_insert (&wanted, "dhcp", "b", TRUE);
      else if (wishes->server != NULL)
        g_variant_dict_insert (&wanted, "server", "s", wishes->server);
      if (zone != NULL && (wishes->set || wishes->zone != NULL))
        g_variant_dict_insert (&wanted, "zone", "s", zone);
      answer = call (ctl, device, "SetClock", g_variant_new ("(@a{sv}@a{sv})", g_variant_dict_end (&wanted), no_options ()),
                     &error);
      if (answer == NULL)
        return icam_ctl_done (ctl, FALSE, error);
      if (!ctl->json)
        {
          clock = g_variant_get_child_value (answer, 0);
          icam_ctl_print ("%s", _ ("Before:"));
          print_clock (ctl, clock);
          g_clear_pointer (&clock, g_variant_unref);
          icam_ctl_print ("%s", _ ("Now:"));
        }
      g_clear_pointer (&answer, g_variant_unref);
    }

  answer = call (ctl, device, "GetClock", g_variant_new ("(@a{sv})", no_options ()), &error);
  if (answer == NULL)
    return icam_ctl_done (ctl, FALSE, error);
  clock = g_variant_get_child_value (answer, 0);
  print_clock (ctl, clock);
  return ICAM_EXIT_OK;
}

/* ---- the picture ---- */

static void
print_imaging_json (GVariant *settings)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const char *ir_cut = NULL;

  json_builder_begin_object (builder);
  for (guint i = 0; i < G_N_ELEMENTS (imaging_names); i++)
    {
      double value;

      if (!g_variant_lookup (settings, imaging_names[i], "d", &value))
        continue;
      json_builder_set_member_name (builder, imaging_names[i]);
      json_builder_add_double_value (builder, value);
    }
  if (g_variant_lookup (settings, "ir-cut", "&s", &ir_cut))
    icam_ctl_json_string (builder, "ir_cut", ir_cut);
  json_builder_end_object (builder);
  icam_ctl_print_json (builder, FALSE);
}

static void
print_imaging (IcamCtl  *ctl,
               GVariant *settings)
{
  const char *const titles[] = { _ ("Brightness"), _ ("Contrast"), _ ("Saturation"), _ ("Sharpness") };
  g_autoptr (IcamCtlTable) table = NULL;
  const char *ir_cut = NULL;

  if (ctl->json)
    {
      print_imaging_json (settings);
      return;
    }

  table = icam_ctl_table_new (_ ("SETTING"), _ ("VALUE"), _ ("RANGE"), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (imaging_names); i++)
    {
      g_autofree char *key = g_strconcat (imaging_names[i], "-range", NULL);
      g_autofree char *text = NULL;
      g_autofree char *range = NULL;
      double value, min, max;

      if (!g_variant_lookup (settings, imaging_names[i], "d", &value))
        continue;
      text = g_strdup_printf ("%g", value);
      range = g_variant_lookup (settings, key, "(dd)", &min, &max) ? g_strdup_printf ("%g – %g", min, max)
                                                                   : g_strdup ("");
      icam_ctl_table_add (table, titles[i], text, range, NULL);
    }
  if (g_variant_lookup (settings, "ir-cut", "&s", &ir_cut))
    icam_ctl_table_add (table, _ ("Infrared filter"), ir_cut, "on, off, auto", NULL);
  icam_ctl_table_print (table);
}

static int
imaging_of (IcamCtl    *ctl,
            IcamCamera *camera,
            Wishes     *wishes)
{
  IcamDBusCamera *proxy = icam_camera_get_proxy (camera);
  g_auto (GVariantDict) wanted = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) settings = NULL;
  gboolean change = wishes->ir_cut != NULL;
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (imaging_names); i++)
    if (*imaging_wish (wishes, i) != G_MAXDOUBLE)
      {
        change = TRUE;
        g_variant_dict_insert (&wanted, imaging_names[i], "d", *imaging_wish (wishes, i));
      }
  if (wishes->ir_cut != NULL)
    g_variant_dict_insert (&wanted, "ir-cut", "s", wishes->ir_cut);
  if (change)
    {
      answer = call (ctl, proxy, "SetImaging", g_variant_new ("(@a{sv}@a{sv})", g_variant_dict_end (&wanted), no_options ()),
                     &error);
      if (answer == NULL)
        return icam_ctl_done (ctl, FALSE, error);
      g_clear_pointer (&answer, g_variant_unref);
    }

  answer = call (ctl, proxy, "GetImaging", g_variant_new ("(@a{sv})", no_options ()), &error);
  if (answer == NULL)
    return icam_ctl_done (ctl, FALSE, error);
  settings = g_variant_get_child_value (answer, 0);
  print_imaging (ctl, settings);
  return ICAM_EXIT_OK;
}

/* ---- relays, and beginning anew ---- */

static int
relays_of (IcamCtl    *ctl,
           IcamCamera *camera,
           Wishes     *wishes)
{
  g_autoptr (IcamDBusDevice) device = device_of (ctl, camera);
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) relays = NULL;
  GError *error = NULL;
  GVariantIter iter;
  const char *token;
  gboolean pulse;

  if (device == NULL)
    return icam_ctl_done (ctl, FALSE, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "camera", NULL));
  if (wishes->relay != NULL)
    {
      answer = call (ctl, device, "SetRelay", g_variant_new ("(sb@a{sv})", wishes->relay, wishes->on, no_options ()), &error);
      return icam_ctl_done (ctl, answer != NULL, error);
    }

  answer = call (ctl, device, "ListRelays", g_variant_new ("(@a{sv})", no_options ()), &error);
  if (answer == NULL)
    return icam_ctl_done (ctl, FALSE, error);
  relays = g_variant_get_child_value (answer, 0);
  if (ctl->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_array (builder);
      g_variant_iter_init (&iter, relays);
      while (g_variant_iter_next (&iter, "(&sb)", &token, &pulse))
        {
          json_builder_begin_object (builder);
          icam_ctl_json_string (builder, "relay", token);
          json_builder_set_member_name (builder, "pulse");
          json_builder_add_boolean_value (builder, pulse);
          json_builder_end_object (builder);
        }
      json_builder_end_array (builder);
      icam_ctl_print_json (builder, FALSE);
      return ICAM_EXIT_OK;
    }

  g_variant_iter_init (&iter, relays);
  while (g_variant_iter_next (&iter, "(&sb)", &token, &pulse))
    {
      g_autofree char *plain = icam_ctl_plain (token);

      /* Translators: the name of a contact of a camera, and whether it falls back by itself */
      icam_ctl_print ("%s%s", plain, pulse ? _ (" (falls back by itself)") : "");
    }
  return ICAM_EXIT_OK;
}

static int
reboot (IcamCtl    *ctl,
        IcamCamera *camera)
{
  g_autoptr (IcamDBusDevice) device = device_of (ctl, camera);
  g_autoptr (GVariant) answer = NULL;
  GError *error = NULL;

  if (device == NULL)
    return icam_ctl_done (ctl, FALSE, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "camera", NULL));
  answer = call (ctl, device, "Reboot", g_variant_new ("(@a{sv})", no_options ()), &error);
  return icam_ctl_done (ctl, answer != NULL, error);
}

/* Of IcamCamera, owned by the client; NULL with @code set when one is not there: then nothing is done at any. */
static GPtrArray *
find_cameras (IcamCtl *ctl,
              int      argc,
              char   **argv,
              int     *code)
{
  g_autoptr (GPtrArray) cameras = g_ptr_array_new ();

  for (int i = 2; i < argc; i++)
    {
      IcamCamera *camera = icam_ctl_find_camera (ctl, argv[i], code);

      if (camera == NULL)
        return NULL;
      g_ptr_array_add (cameras, camera);
    }
  return g_steal_pointer (&cameras);
}

static int
run (IcamCtl *ctl,
     int      argc,
     char   **argv,
     Wishes  *wishes)
{
  const char *what = argv[1];
  g_autoptr (GPtrArray) cameras = NULL;
  int code = icam_ctl_connect (ctl, TRUE);

  if (code != 0)
    return code;
  cameras = find_cameras (ctl, argc, argv, &code);
  if (cameras == NULL)
    return code;
  code = ICAM_EXIT_OK;
  if (g_str_equal (what, "password"))
    return passwords (ctl, cameras);

  for (guint i = 0; i < cameras->len && code == ICAM_EXIT_OK; i++)
    if (g_str_equal (what, "clock"))
      code = clock_of (ctl, cameras->pdata[i], wishes);
    else if (g_str_equal (what, "imaging"))
      code = imaging_of (ctl, cameras->pdata[i], wishes);
    else if (g_str_equal (what, "relay"))
      code = relays_of (ctl, cameras->pdata[i], wishes);
    else
      code = reboot (ctl, cameras->pdata[i]);
  return code;
}

/**
 * icam_ctl_device:
 * @ctl: what all commands share
 * @argc: number of words
 * @argv: the words
 *
 * Returns: exit code
 */
int
icam_ctl_device (IcamCtl *ctl,
                 int      argc,
                 char   **argv)
{
  static const char *const actions[] = { "password", "reboot", "clock", "imaging", "relay", NULL };
  Wishes wishes = {
    .brightness = G_MAXDOUBLE, .contrast = G_MAXDOUBLE, .saturation = G_MAXDOUBLE, .sharpness = G_MAXDOUBLE,
  };
  const GOptionEntry entries[] = {
    { "set", 0, 0, G_OPTION_ARG_NONE, &wishes.set, N_ ("For clock: take the time and the time zone of this computer"), NULL },
    { "server", 0, 0, G_OPTION_ARG_STRING, &wishes.server, N_ ("For clock: follow this time server"), N_ ("HOST") },
    { "network-server", 0, 0, G_OPTION_ARG_NONE, &wishes.from_network, N_ ("For clock: follow the network's time server"), NULL },
    { "zone", 0, 0, G_OPTION_ARG_STRING, &wishes.zone, N_ ("For clock: the time zone, as \"CET-1CEST,M3.5.0,M10.5.0/3\""), N_ ("TZ") },
    { "brightness", 0, 0, G_OPTION_ARG_DOUBLE, &wishes.brightness, N_ ("For imaging"), N_ ("NUMBER") },
    { "contrast", 0, 0, G_OPTION_ARG_DOUBLE, &wishes.contrast, N_ ("For imaging"), N_ ("NUMBER") },
    { "saturation", 0, 0, G_OPTION_ARG_DOUBLE, &wishes.saturation, N_ ("For imaging"), N_ ("NUMBER") },
    { "sharpness", 0, 0, G_OPTION_ARG_DOUBLE, &wishes.sharpness, N_ ("For imaging"), N_ ("NUMBER") },
    { "ir-cut", 0, 0, G_OPTION_ARG_STRING, &wishes.ir_cut, N_ ("For imaging: keep infrared light out: \"on\", \"off\" or \"auto\""), N_ ("WHEN") },
    { "relay", 0, 0, G_OPTION_ARG_STRING, &wishes.relay, N_ ("For relay: which one is switched"), N_ ("RELAY") },
    { "on", 0, 0, G_OPTION_ARG_NONE, &wishes.on, N_ ("For relay: on"), NULL },
    { "off", 0, 0, G_OPTION_ARG_NONE, &wishes.off, N_ ("For relay: off"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int code = ICAM_EXIT_USAGE;

  if (!icam_ctl_parse (ctl, _ ("ACTION CAMERA…"),
                       _ ("Changes something at the cameras themselves. ACTION is password (a new one, asked for or from standard input), "
                          "reboot, clock, imaging or relay; the last three show what is there when no option is given."),
                       entries, 2, 1000, &argc, &argv))
    ;
  else if (!g_strv_contains (actions, argv[1]))
    code = icam_ctl_usage (ctl, _ ("Say one of password, reboot, clock, imaging, relay."));
  else if (wishes.server != NULL && wishes.from_network)
    code = icam_ctl_usage (ctl, _ ("A camera follows one time server."));
  else if ((wishes.relay != NULL) != (wishes.on != wishes.off) || (wishes.on && wishes.off))
    code = icam_ctl_usage (ctl, _ ("Say --relay and either --on or --off."));
  else
    code = run (ctl, argc, argv, &wishes);

  g_free (wishes.zone);
  g_free (wishes.server);
  g_free (wishes.ir_cut);
  g_free (wishes.relay);
  return code;
}
