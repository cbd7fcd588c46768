/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Preloaded into avahi-daemon by the harness. The daemon's folder /run/avahi-daemon and its account "avahi" are compiled
 * into it; here the folder is $ICAM_AVAHI_DIR and the account is whoever runs the test. So it runs as a user, beside the
 * daemon of the machine, and without a mount namespace. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define AVAHI_DIR "/run/avahi-daemon"

#define REAL(name) ((__typeof__ (&name)) dlsym (RTLD_NEXT, #name))

typedef struct
{
  char text[sizeof (((struct sockaddr_un *) 0)->sun_path)];
} Path;

/* Returns path, or what stands in its place, which lies in store. */
static const char *
moved (const char *path, Path *store)
{
  const char *folder = getenv ("ICAM_AVAHI_DIR");
  size_t length = strlen (AVAHI_DIR);

  if (path == NULL || folder == NULL)
    return path;
  if (strncmp (path, "/var/run/", 9) == 0)
    path += 4;
  if (strncmp (path, AVAHI_DIR, length) != 0 || (path[length] != '\0' && path[length] != '/'))
    return path;
  snprintf (store->text, sizeof store->text, "%s%s", folder, path + length);
  return store->text;
}

int
mkdir (const char *path, mode_t mode)
{
  Path store;
  return REAL (mkdir) (moved (path, &store), mode);
}

int
chown (const char *path, uid_t owner, gid_t group)
{
  Path store;
  return REAL (chown) (moved (path, &store), owner, group);
}

int
chmod (const char *path, mode_t mode)
{
  Path store;
  return REAL (chmod) (moved (path, &store), mode);
}

int
stat (const char *restrict path, struct stat *restrict buf)
{
  Path store;
  return REAL (stat) (moved (path, &store), buf);
}

int
unlink (const char *path)
{
  Path store;
  return REAL (unlink) (moved (path, &store));
}

int
open (const char *path, int flags, ...)
{
  Path store;
  mode_t mode = 0;

  if (flags & (O_CREAT | O_TMPFILE))
    {
      va_list args;
      va_start (args, flags);
      mode = va_arg (args, mode_t);
      va_end (args);
    }
  return REAL (open) (moved (path, &store), flags, mode);
}

int
open64 (const char *path, int flags, ...)
{
  Path store;
  mode_t mode = 0;

  if (flags & (O_CREAT | O_TMPFILE))
    {
      va_list args;
      va_start (args, flags);
      mode = va_arg (args, mode_t);
      va_end (args);
    }
  return REAL (open64) (moved (path, &store), flags, mode);
}

int
bind (int fd, const struct sockaddr *address, socklen_t length)
{
  if (address != NULL && address->sa_family == AF_UNIX && length > offsetof (struct sockaddr_un, sun_path))
    {
      struct sockaddr_un unix_address = { .sun_family = AF_UNIX };
      Path old, store;
      const char *path;

      snprintf (old.text, sizeof old.text, "%.*s", (int) (length - offsetof (struct sockaddr_un, sun_path)),
                ((const struct sockaddr_un *) address)->sun_path);
      path = moved (old.text, &store);
      if (path == store.text)
        {
          memcpy (unix_address.sun_path, store.text, sizeof store.text);
          return REAL (bind) (fd, (const struct sockaddr *) &unix_address, sizeof unix_address);
        }
    }
  return REAL (bind) (fd, address, length);
}

struct passwd *
getpwnam (const char *name)
{
  if (strcmp (name, "avahi") == 0)
    {
      static struct passwd account;
      account = (struct passwd){ .pw_name = (char *) "avahi", .pw_passwd = (char *) "x", .pw_uid = getuid (),
                                 .pw_gid = getgid (), .pw_gecos = (char *) "", .pw_dir = (char *) "/",
                                 .pw_shell = (char *) "/usr/sbin/nologin" };
      return &account;
    }
  return REAL (getpwnam) (name);
}

struct group *
getgrnam (const char *name)
{
  if (strcmp (name, "avahi") == 0)
    {
      static char *no_members[] = { NULL };
      static struct group account;
      account = (struct group){ .gr_name = (char *) "avahi", .gr_passwd = (char *) "x", .gr_gid = getgid (),
                                .gr_mem = no_members };
      return &account;
    }
  return REAL (getgrnam) (name);
}
