/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the parts of the web service say to each other about one SOAP request. */

#include <libsoup/soup.h>
#include <libxml/tree.h>

#include "icam-test-device.h"
#include "icam-test-events.h"

G_BEGIN_DECLS

typedef struct _IcamTestPtz IcamTestPtz;
typedef struct _IcamTestUpkeep IcamTestUpkeep;

/**
 * IcamTestRequest:
 * @device: who was asked
 * @events: its subscriptions
 * @ptz: what moves it, or %NULL
 * @upkeep: its settings
 * @operation: the first element in the body
 * @path: path that was asked
 * @message: the HTTP exchange
 * @body: (out): what goes into the body of the answer
 * @action: (out): wsa:Action of the answer
 * @fault: (out): the subcode of a fault, "ter:…"
 * @reason: (out): what the fault says
 * @status: (out): HTTP status, 200 unless changed
 * @waiting: (out): the answer comes later
 */
typedef struct
{
  IcamTestDevice *device;
  IcamTestEvents *events;
  IcamTestPtz *ptz;
  IcamTestUpkeep *upkeep;
  xmlNode *operation;
  const char *path;
  SoupServerMessage *message;
  GString *body;
  const char *action;
  const char *fault;
  const char *reason;
  guint status;
  gboolean waiting;
} IcamTestRequest;

gboolean icam_test_onvif_is_public (const char *operation);
void icam_test_onvif_answer (IcamTestRequest *request);
gboolean icam_test_events_answer (IcamTestRequest *request, const char *operation);

void icam_test_add (IcamTestRequest *request, const char *format, ...) G_GNUC_PRINTF (2, 3);
void icam_test_refuse (IcamTestRequest *request, const char *subcode, const char *reason);
xmlNode *icam_test_xml_child (xmlNode *parent, const char *name);
char *icam_test_xml_text (xmlNode *node);
char *icam_test_xml_time (gint64 utc_us);

char *icam_test_soap_envelope (const char *body, const char *action, const char *relates_to);
char *icam_test_soap_fault (const char *subcode, const char *reason);

G_END_DECLS
