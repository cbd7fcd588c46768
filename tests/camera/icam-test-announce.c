/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-announce.h"

#include <avahi-client/client.h>
#include <avahi-client/publish.h>
#include <avahi-common/alternative.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-glib/glib-malloc.h>
#include <avahi-glib/glib-watch.h>

/* What is announced for a device: each is a host of its own, as a camera is. */
typedef struct
{
  IcamTestDevice *device;
  AvahiEntryGroup *group;
} Announcement;

static AvahiGLibPoll *poll_api;
static AvahiClient *client;
static GArray *announcements;

static void connect_client (void);

static void
on_group (AvahiEntryGroup *group, AvahiEntryGroupState state, void *data)
{
  if (state == AVAHI_ENTRY_GROUP_COLLISION)
    g_warning ("Somebody else has the name of a test camera");
}

static gboolean
publish (Announcement *self)
{
  IcamTestDevice *device = self->device;
  g_autofree char *host = NULL;
  g_autofree char *mac = NULL;
  g_autofree char *name = NULL;
  g_auto (GStrv) mac_parts = g_strsplit (device->mac, ":", -1);
  AvahiStringList *txt = NULL;
  AvahiAddress address;
  int result;

  if (self->group)
    avahi_entry_group_reset (self->group);
  if (!client || avahi_client_get_state (client) != AVAHI_CLIENT_S_RUNNING || !device->mdns
      || g_atomic_int_get (&device->dead))
    return TRUE;
  if (!self->group)
    self->group = avahi_entry_group_new (client, on_group, self);
  if (!self->group || !avahi_address_parse (device->address, AVAHI_PROTO_UNSPEC, &address))
    return FALSE;

  mac = g_strjoinv ("", mac_parts);
  host = g_strdup_printf ("testcam-%s.local", mac);
  name = g_strdup_printf ("%s - %s", device->name, mac);
  txt = avahi_string_list_add_printf (txt, "macaddress=%s", mac);
  txt = avahi_string_list_add_printf (txt, "serial=%s", device->serial);
  txt = avahi_string_list_add_printf (txt, "path=/onvif/device_service");

  result = avahi_entry_group_add_address (self->group, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
                                          AVAHI_PUBLISH_NO_REVERSE, host, &address);
  if (result >= 0)
    result = avahi_entry_group_add_service_strlst (self->group, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
                                                   0, name, "_onvif._tcp", NULL, host,
                                                   device->web_port, txt);
  if (result >= 0)
    result = avahi_entry_group_add_service_strlst (self->group, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
                                                   0, name, "_rtsp._tcp", NULL, host,
                                                   device->rtsp_port, txt);
  if (result >= 0)
    result = avahi_entry_group_commit (self->group);
  avahi_string_list_free (txt);
  if (result < 0)
    g_warning ("%s could not be announced: %s", device->name, avahi_strerror (result));
  return result >= 0;
}

static void
publish_all (void)
{
  for (guint i = 0; i < announcements->len; i++)
    publish (&g_array_index (announcements, Announcement, i));
}

static gboolean
on_reconnect (gpointer data)
{
  if (!announcements)
    return G_SOURCE_REMOVE;
  for (guint i = 0; i < announcements->len; i++)
    g_array_index (announcements, Announcement, i).group = NULL; /* they go with the client */
  g_clear_pointer (&client, avahi_client_free);
  connect_client ();
  return G_SOURCE_REMOVE;
}

static void
on_client (AvahiClient *self, AvahiClientState state, void *data)
{
  client = self;
  switch (state)
    {
    case AVAHI_CLIENT_S_RUNNING:
      publish_all ();
      break;
    case AVAHI_CLIENT_S_COLLISION:
    case AVAHI_CLIENT_S_REGISTERING:
      for (guint i = 0; i < announcements->len; i++)
        {
          Announcement *one = &g_array_index (announcements, Announcement, i);

          if (one->group)
            avahi_entry_group_reset (one->group);
        }
      break;
    case AVAHI_CLIENT_FAILURE:
      /* Not from inside its own callback. */
      g_timeout_add (500, on_reconnect, NULL);
      break;
    case AVAHI_CLIENT_CONNECTING:
    default:
      break;
    }
}

static void
connect_client (void)
{
  int code = 0;

  if (!avahi_client_new (avahi_glib_poll_get (poll_api), AVAHI_CLIENT_NO_FAIL, on_client, NULL,
                         &code))
    {
      /* No bus yet, perhaps. */
      g_info ("Avahi cannot be reached: %s", avahi_strerror (code));
      g_timeout_add_seconds (1, on_reconnect, NULL);
    }
}

/**
 * icam_test_announce_start:
 * @devices: (element-type IcamTestDevice): devices that were started
 *
 * Announces them as soon as Avahi runs, and again after it was restarted.
 */
void
icam_test_announce_start (GPtrArray *devices)
{
  announcements = g_array_new (FALSE, TRUE, sizeof (Announcement));
  for (guint i = 0; i < devices->len; i++)
    {
      Announcement one = { g_ptr_array_index (devices, i), NULL };

      g_array_append_val (announcements, one);
    }
  avahi_set_allocator (avahi_glib_allocator ());
  poll_api = avahi_glib_poll_new (NULL, G_PRIORITY_DEFAULT);
  connect_client ();
}

/**
 * icam_test_announce_update:
 * @device: a device that died, came back, moved, or is another one now
 */
void
icam_test_announce_update (IcamTestDevice *device)
{
  for (guint i = 0; announcements && i < announcements->len; i++)
    {
      Announcement *one = &g_array_index (announcements, Announcement, i);

      if (one->device == device)
        publish (one);
    }
}

/**
 * icam_test_announce_stop:
 *
 * Withdraws everything.
 */
void
icam_test_announce_stop (void)
{
  g_clear_pointer (&client, avahi_client_free);
  g_clear_pointer (&poll_api, avahi_glib_poll_free);
  g_clear_pointer (&announcements, g_array_unref);
}
