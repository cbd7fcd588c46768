/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The window without a recorder, on a display of its own: its templates are whole, it fits where it must, and it
 * says what is wrong. */

#include "config.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/icam-add-window.h"
#include "app/icam-application.h"
#include "app/icam-picture-view.h"
#include "app/icam-picture-zoom.h"
#include "app/icam-ptz-pad.h"
#include "app/icam-wall-page.h"
#include "app/icam-window.h"
#include "client/icam-client-export.h"
#include "client/icam-client-private.h"

static GSubprocess *server;
static IcamApplication *application;

static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* Starts Xvfb on a free display; FALSE where it is not installed. */
static gboolean
start_display (void)
{
  g_autoptr (GSubprocessLauncher) launcher = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  g_autoptr (GInputStream) input = NULL;
  g_autofree char *program = g_find_program_in_path ("Xvfb");
  g_autofree char *number = NULL;
  g_autofree char *name = NULL;
  int fds[2];

  if (program == NULL)
    return FALSE;
  g_assert_cmpint (pipe (fds), ==, 0);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE
                                        | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  g_subprocess_launcher_take_fd (launcher, fds[1], 3);
  server = g_subprocess_launcher_spawn (launcher, &error, program, "-displayfd", "3", "-screen", "0",
                                        "1280x720x24", "-nolisten", "tcp", NULL);
  g_assert_no_error (error);
  /* Its own copy of the writing end, so that the pipe ends with it. */
  g_clear_object (&launcher);
  {
    GIOChannel *channel = g_io_channel_unix_new (fds[0]);

    g_io_channel_read_line (channel, &number, NULL, NULL, NULL);
    g_io_channel_unref (channel);
    close (fds[0]);
  }
  if (number == NULL)
    return FALSE;
  name = g_strdup_printf (":%d", atoi (number));
  g_setenv ("DISPLAY", name, TRUE);
  g_setenv ("GDK_BACKEND", "x11", TRUE);
  g_setenv ("GSK_RENDERER", "cairo", TRUE);
  return TRUE;
}

static GtkWidget *
make_window (IcamClient *client,
             int         width,
             int         height)
{
  GtkWidget *window = icam_window_new (GTK_APPLICATION (application), client, NULL, FALSE);

  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_present (GTK_WINDOW (window));
  while (!gtk_widget_get_mapped (window) || gtk_widget_get_width (window) == 0)
    g_main_context_iteration (NULL, TRUE);
  return window;
}

static void
destroy (GtkWidget *window)
{
  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *) &window);
  gtk_window_destroy (GTK_WINDOW (window));
  while (window != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static GtkWidget *
find (GtkWidget *root,
      GType      type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (root, type))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find (child, type);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
test_templates (void)
{
  g_autoptr (IcamClient) client = icam_client_new ();
  GtkWidget *window = make_window (client, 1280, 720);

  g_assert_nonnull (find (window, g_type_from_name ("IcamWall")));
  g_assert_nonnull (find (window, g_type_from_name ("IcamTimeline")));
  g_assert_nonnull (find (window, g_type_from_name ("IcamEventsPage")));
  g_assert_nonnull (find (window, g_type_from_name ("IcamCamerasPage")));
  destroy (window);
  g_assert_finalize_object (g_steal_pointer (&client));
}

/* Says who is too wide. */
static void
report (GtkWidget *widget,
        int        depth)
{
  int minimum;

  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  if (minimum <= 340)
    return;
  g_test_message ("%*s%s %s wants %d", depth, "", G_OBJECT_TYPE_NAME (widget),
                  gtk_widget_get_css_name (widget), minimum);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    report (child, depth + 1);
}

/* A phone's width, in every view. */
static void
test_narrow (void)
{
  static const char *const views[] = { "wall", "events", "cameras" };
  g_autoptr (IcamClient) client = icam_client_new ();
  GtkWidget *window = make_window (client, 360, 640);
  AdwViewStack *stack = ADW_VIEW_STACK (find (window, ADW_TYPE_VIEW_STACK));
  AdwHeaderBar *header = ADW_HEADER_BAR (find (window, ADW_TYPE_HEADER_BAR));

  gtk_stack_set_visible_child_name (
    GTK_STACK (gtk_widget_get_ancestor (GTK_WIDGET (stack), GTK_TYPE_STACK)), "views");
  icam_wall_page_set_narrow (ICAM_WALL_PAGE (find (window, ICAM_TYPE_WALL_PAGE)), TRUE);
  /* The window has noticed that it is narrow. */
  while (adw_header_bar_get_centering_policy (header) != ADW_CENTERING_POLICY_LOOSE)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (views); i++)
    {
      int minimum;

      adw_view_stack_set_visible_child_name (stack, views[i]);
      gtk_widget_measure (window, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
      if (minimum > 360)
        report (window, 0);
      g_assert_cmpint (minimum, <=, 360);
    }
  destroy (window);
}

static void
test_add_window (void)
{
  g_autoptr (IcamClient) client = icam_client_new ();
  g_autoptr (GVariant) devices = g_variant_ref_sink (
    g_variant_new_parsed ("[('192.0.2.7', '', 'Front <door>'), ('192.0.2.8', '', '')]"));
  GtkWidget *window = icam_add_window_new (client, devices);
  int minimum;

  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_measure (window, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);
  destroy (window);
}

/* Nothing but a whole picture is drawn: what says it is larger than its bytes is not taken. */
static void
test_picture (void)
{
  GtkWidget *view = g_object_ref_sink (icam_picture_view_new ());
  IcamPicture *picture = g_new0 (IcamPicture, 1);
  IcamPicture lie;

  g_atomic_ref_count_init (&picture->ref_count);
  picture->width = 16;
  picture->height = 9;
  picture->stride = 64;
  picture->pixels = g_bytes_new_take (g_malloc0 (64 * 9), 64 * 9);
  icam_picture_view_set_picture (ICAM_PICTURE_VIEW (view), picture);
  g_assert_true (icam_picture_view_get_picture (ICAM_PICTURE_VIEW (view)) == picture);
  g_object_set (view, "late", TRUE, "motion", FALSE, NULL);

  lie = *picture;
  g_atomic_ref_count_init (&lie.ref_count);
  lie.height = 90;
  icam_picture_view_set_picture (ICAM_PICTURE_VIEW (view), &lie);
  g_assert_null (icam_picture_view_get_picture (ICAM_PICTURE_VIEW (view)));
  g_assert_finalize_object (view);
  g_bytes_unref (picture->pixels);
  g_free (picture);
}

/* What is under the pointer stays there, and no edge of the picture comes inside. */
static void
test_zoom (void)
{
  IcamPictureView *view = ICAM_PICTURE_VIEW (g_object_ref_sink (icam_picture_view_new ()));
  g_autoptr (IcamPictureZoom) zoom = icam_picture_zoom_new (view);
  IcamPicture *picture = g_new0 (IcamPicture, 1);

  g_atomic_ref_count_init (&picture->ref_count);
  picture->width = 160;
  picture->height = 90;
  picture->stride = 640;
  picture->pixels = g_bytes_new_take (g_malloc0 (640 * 90), 640 * 90);
  icam_picture_view_set_picture (view, picture);
  gtk_widget_allocate (GTK_WIDGET (view), 320, 180, -1, NULL);

  /* Elsewhere than in one camera nothing is zoomed. */
  icam_picture_zoom_toggle (zoom, 10, 10);
  g_assert_cmpfloat (icam_picture_zoom_get_factor (zoom), ==, 1);
  g_assert_false (icam_picture_zoom_key (zoom, GDK_KEY_plus));

  icam_picture_zoom_set_enabled (zoom, TRUE);
  g_assert_false (icam_picture_zoom_key (zoom, GDK_KEY_Left));
  g_assert_true (icam_picture_zoom_key (zoom, GDK_KEY_plus));
  g_assert_cmpfloat (icam_picture_zoom_get_factor (zoom), >, 1);
  g_assert_true (icam_picture_zoom_key (zoom, GDK_KEY_Left));
  for (int i = 0; i < 50; i++)
    icam_picture_zoom_key (zoom, GDK_KEY_plus);
  g_assert_cmpfloat (icam_picture_zoom_get_factor (zoom), ==, 8);
  icam_picture_zoom_toggle (zoom, 0, 0);
  g_assert_cmpfloat (icam_picture_zoom_get_factor (zoom), ==, 1);
  icam_picture_zoom_toggle (zoom, 0, 0);
  g_assert_cmpfloat (icam_picture_zoom_get_factor (zoom), ==, 2.5);
  icam_picture_zoom_set_enabled (zoom, FALSE);
  g_assert_cmpfloat (icam_picture_zoom_get_factor (zoom), ==, 1);

  g_object_unref (view);
  g_bytes_unref (picture->pixels);
  g_free (picture);
}

/* ---- the pad that moves a camera: its recorder is in this process ---- */

typedef struct
{
  guint moves, stops;
  double pan, tilt, zoom;
  gboolean refuse;
} Moved;

static gboolean
on_move (IcamDBusCamera        *skeleton,
         GDBusMethodInvocation *invocation,
         double                 pan,
         double                 tilt,
         double                 zoom,
         GVariant              *options,
         Moved                 *moved)
{
  moved->moves++;
  moved->pan = pan;
  moved->tilt = tilt;
  moved->zoom = zoom;
  if (moved->refuse)
    g_dbus_method_invocation_take_error (invocation, icam_error_new (ICAM_ERROR_NOT_PERMITTED, "user", "viewer", NULL));
  else
    icam_dbus_camera_complete_ptz_move (skeleton, invocation);
  return TRUE;
}

static gboolean
on_stop (IcamDBusCamera        *skeleton,
         GDBusMethodInvocation *invocation,
         GVariant              *options,
         Moved                 *moved)
{
  moved->stops++;
  icam_dbus_camera_complete_ptz_stop (skeleton, invocation);
  return TRUE;
}

static void
keep (GObject      *source,
      GAsyncResult *result,
      gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
connect_end (int                   fd,
             GDBusConnectionFlags  flags,
             GAsyncResult        **result)
{
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
  g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
  g_autofree char *guid = g_dbus_generate_guid ();

  g_dbus_connection_new (G_IO_STREAM (stream), flags & G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER ? guid : NULL, flags, NULL,
                         NULL, keep, result);
}

static gboolean
says_why (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_visible (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), "viewer"))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (says_why (child))
      return TRUE;
  return FALSE;
}

static void
test_pad (void)
{
  static const char *const abilities[] = { "pan-tilt", NULL };
  g_autoptr (GAsyncResult) theirs = NULL;
  g_autoptr (GAsyncResult) ours = NULL;
  g_autoptr (GAsyncResult) made = NULL;
  g_autoptr (GDBusConnection) server_end = NULL;
  g_autoptr (GDBusConnection) client_end = NULL;
  g_autoptr (IcamDBusCamera) skeleton = icam_dbus_camera_skeleton_new ();
  g_autoptr (IcamDBusCamera) proxy = NULL;
  g_autoptr (IcamCamera) camera = NULL;
  g_autoptr (GError) error = NULL;
  Moved moved = { 0 };
  IcamPtzPad *pad = g_object_ref_sink (g_object_new (ICAM_TYPE_PTZ_PAD, NULL));
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  connect_end (ends[0],
               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER | G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_ALLOW_ANONYMOUS, &theirs);
  connect_end (ends[1], G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, &ours);
  while (theirs == NULL || ours == NULL)
    g_main_context_iteration (NULL, TRUE);
  server_end = g_dbus_connection_new_finish (theirs, &error);
  g_assert_no_error (error);
  client_end = g_dbus_connection_new_finish (ours, &error);
  g_assert_no_error (error);
  g_signal_connect (skeleton, "handle-ptz-move", G_CALLBACK (on_move), &moved);
  g_signal_connect (skeleton, "handle-ptz-stop", G_CALLBACK (on_stop), &moved);
  icam_dbus_camera_set_id (skeleton, "00000000000000000000000000000001");
  g_assert_true (g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (skeleton), server_end, "/camera", &error));
  icam_dbus_camera_proxy_new (client_end, G_DBUS_PROXY_FLAGS_NONE, NULL, "/camera", NULL, keep, &made);
  while (made == NULL)
    g_main_context_iteration (NULL, TRUE);
  proxy = icam_dbus_camera_proxy_new_finish (made, &error);
  g_assert_no_error (error);
  camera = icam_camera_new (proxy);

  icam_ptz_pad_set_camera (pad, camera);
  g_assert_false (icam_ptz_pad_get_able (pad));
  icam_dbus_camera_set_ptz (skeleton, abilities);
  while (!icam_ptz_pad_get_able (pad))
    g_main_context_iteration (NULL, TRUE);

  /* Held: it is told again and again, and once that it is over. Repetitions of the key are no other one. */
  g_assert_false (icam_ptz_pad_key (pad, GDK_KEY_End));
  g_assert_true (icam_ptz_pad_key (pad, GDK_KEY_Left));
  g_assert_true (icam_ptz_pad_key (pad, GDK_KEY_Left));
  while (moved.moves < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpfloat (moved.pan, <, 0);
  g_assert_cmpfloat (moved.tilt, ==, 0);
  icam_ptz_pad_key_released (pad, GDK_KEY_Up);
  g_assert_cmpuint (moved.stops, ==, 0);
  icam_ptz_pad_key_released (pad, GDK_KEY_Left);
  while (moved.stops == 0)
    g_main_context_iteration (NULL, TRUE);
  icam_ptz_pad_halt (pad);

  /* What is not allowed is said on it, and not tried again. */
  moved.refuse = TRUE;
  g_assert_true (icam_ptz_pad_key (pad, GDK_KEY_Page_Up));
  while (!says_why (GTK_WIDGET (pad)))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpfloat (moved.zoom, >, 0);

  g_object_run_dispose (G_OBJECT (pad));
  g_object_unref (pad);
}

static void
test_export_name (void)
{
  g_autofree char *plain = icam_export_file_name ("Front door", G_GINT64_CONSTANT (1790000000000000));
  g_autofree char *hostile = icam_export_file_name ("../../etc/passwd\n", 0);

  g_assert_cmpstr (plain, ==, "Front door 2026-09-21 14.13.20");
  g_assert_null (strchr (hostile, '/'));
  g_assert_null (strchr (hostile, '\n'));
  g_assert_cmpint (hostile[0], !=, '.');
}

int
main (int   argc,
      char *argv[])
{
  int result;
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  if (!start_display ())
    {
      g_print ("1..0 # SKIP Xvfb is not installed\n");
      return 0;
    }
  adw_init ();
  application = icam_application_new ();
  g_application_set_flags (G_APPLICATION (application), G_APPLICATION_NON_UNIQUE);
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, &error));
  g_assert_no_error (error);
  g_test_add_func ("/app/window/templates", test_templates);
  g_test_add_func ("/app/window/narrow", test_narrow);
  g_test_add_func ("/app/window/add-window", test_add_window);
  g_test_add_func ("/app/window/picture", test_picture);
  g_test_add_func ("/app/window/zoom", test_zoom);
  g_test_add_func ("/app/window/pad", test_pad);
  g_test_add_func ("/app/window/export-name", test_export_name);
  result = g_test_run ();
  g_subprocess_force_exit (server);
  g_subprocess_wait (server, NULL, NULL);
  return result;
}
