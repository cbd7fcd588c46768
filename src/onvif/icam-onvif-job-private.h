/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif-profiles-private.h"
#include "onvif/icam-onvif-transport-private.h"

G_BEGIN_DECLS

/* A service of a device, and its namespace. */
typedef enum
{
  ICAM_ONVIF_SERVICE_DEVICE,
  ICAM_ONVIF_SERVICE_MEDIA,
  ICAM_ONVIF_SERVICE_MEDIA2,
  ICAM_ONVIF_SERVICE_EVENTS,
  ICAM_ONVIF_SERVICE_PTZ,
  ICAM_ONVIF_SERVICE_IMAGING,
  ICAM_ONVIF_N_SERVICES,
} IcamOnvifService;

extern const char *const icam_onvif_spaces[ICAM_ONVIF_N_SERVICES];

/* A device, and what its rooms share of it. Belongs to the thread that made it. */
struct _IcamOnvifDevice
{
  GObject parent_instance;

  char *url;
  GUri *uris[ICAM_ONVIF_N_SERVICES]; /* the device service always; the others once they are known */
  char *elsewhere[ICAM_ONVIF_N_SERVICES]; /* the host that the device named for it, where it is another one */
  gboolean knows_services;
  GHashTable *sources; /* set of the tokens of its video sources */
  GHashTable *aliases; /* tokens that devices write in a source's place (configurations, profiles) -> the source's */
  IcamOnvifTransport *transport;
};

typedef struct _IcamOnvifJob IcamOnvifJob;
typedef struct _IcamOnvifStep IcamOnvifStep;

/* Takes an answer; NULL where the device has none to a question that may go without. May put further questions. An error ends the
 * job. */
typedef gboolean (*IcamOnvifTake) (IcamOnvifJob  *job,
                                   IcamOnvifStep *step,
                                   xmlNode       *answer,
                                   GError       **error);

/* A question of a job. */
struct _IcamOnvifStep
{
  IcamOnvifService service;
  const char *operation;
  char *arguments; /* or NULL */
  gboolean open;
  gboolean needed; /* no answer ends the job */
  gboolean fault_will_do; /* a fault is an answer, although an empty one */
  gboolean order; /* it is to do something: a fault says why it does not */
  gboolean once;  /* is not sent again where it is unknown whether it arrived */
  guint timeout;
  IcamOnvifTake take;
  IcamOnvifProfile *profile; /* not owned, or NULL */
};

/* Questions that are put one after the other: small devices do not like several at a time. */
struct _IcamOnvifJob
{
  IcamOnvifDevice *device; /* not owned: the task holds it */
  GQueue steps;
  gboolean (*more) (IcamOnvifJob *job,
                    GError      **error); /* no question is left: puts further ones, or makes the result */
  GError *refusal;                   /* the first refusal that was passed over */
  GError *failure;                   /* the first other error that was */
  IcamOnvifInfo *info;
  GPtrArray *profiles;
  gboolean media2;
  gboolean asked_media1;
  gpointer order;                    /* what is to be done, as the function of the job has it */
  GDestroyNotify order_free;
  gpointer result;
  GDestroyNotify result_free;
};

GTask         *icam_onvif_job_new       (IcamOnvifDevice    *device,
                                         GCancellable       *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer            user_data,
                                         gpointer            tag,
                                         IcamOnvifJob      **job);
IcamOnvifStep *icam_onvif_job_ask       (IcamOnvifJob       *job,
                                         IcamOnvifService    service,
                                         const char         *operation,
                                         char               *arguments,
                                         IcamOnvifTake       take);
IcamOnvifStep *icam_onvif_job_order     (IcamOnvifJob       *job,
                                         IcamOnvifService    service,
                                         const char         *operation,
                                         char               *arguments,
                                         IcamOnvifTake       take);
gboolean       icam_onvif_job_require   (IcamOnvifJob       *job,
                                         IcamOnvifService    service,
                                         GError            **error);
IcamOnvifStep *icam_onvif_job_ask_date  (IcamOnvifJob       *job);
void           icam_onvif_job_ask_services (IcamOnvifJob    *job);
void           icam_onvif_job_run       (GTask              *task);
gboolean       icam_onvif_job_end       (IcamOnvifJob       *job,
                                         GError            **error);

void           icam_onvif_device_find_services_async  (IcamOnvifDevice     *self,
                                                       GCancellable        *cancellable,
                                                       GAsyncReadyCallback  callback,
                                                       gpointer             user_data);
gboolean       icam_onvif_device_find_services_finish (IcamOnvifDevice     *self,
                                                       GAsyncResult        *result,
                                                       GError             **error);
gboolean       icam_onvif_device_try_own_port (IcamOnvifDevice *self,
                                               GUri           **uri);
GError        *icam_onvif_device_mend_error (IcamOnvifDevice *self,
                                             GError          *error,
                                             const char      *elsewhere);
char          *icam_onvif_device_resolve (IcamOnvifDevice    *self,
                                          GHashTable         *sources);

gboolean       icam_onvif_order_finish  (IcamOnvifDevice    *self,
                                         GAsyncResult       *result,
                                         GError            **error);
gboolean       icam_onvif_is_true       (xmlNode            *parent,
                                         const char         *path);
GError        *icam_onvif_fault_new     (IcamOnvifDevice    *self,
                                         IcamSoap           *soap);
gboolean       icam_onvif_is_error      (const GError       *error,
                                         IcamError           code);
void           icam_onvif_device_set_error (GError         **error,
                                            IcamOnvifDevice *self,
                                            IcamError        code,
                                            const char      *detail);

G_END_DECLS
