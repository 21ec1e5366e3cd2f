/* SPDX-License-Identifier: MIT */
/* How every main begins and what it says when it fails. Apart from run.c, which knows all that can be opened: a tool that only asks a
 * store should not load what the others need. */
#include <string.h>

#include "common/log.h"
#include "run.h"

int sf_run_failed(const sf_error *err)
{
    sf_log(SF_LOG_ERROR, "%s", err->message[0] != '\0' ? err->message : sf_strerror(err->status));
    return err->status == SF_EINVAL ? 2 : 1;
}

int sf_run_settings(sf_run *r, const sf_tool *tool, int argc, char **argv)
{
    sf_error err = {0};
    memset(r, 0, sizeof *r);
    sf_log_open(tool->name, "text", "info"); /* until the settings say how */
    err.status = sf_settings_read(&r->settings, tool, argc, argv, &err);
    return err.status == SF_OK ? -1 : err.status == SF_EEND ? 0 : sf_run_failed(&err);
}
