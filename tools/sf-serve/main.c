/* SPDX-License-Identifier: MIT */
/* sf-serve: what a store knows, over HTTP or at a prompt. */
#include "auth/user_command.h"
#include "common/fail.h"
#include "query.h"
#include "run.h"
#include "serve.h"

static const sf_tool *const commands[] = {&sf_query_command, &sf_user_command, NULL};

extern const sf_tool sf_serve_tool;
const sf_tool sf_serve_tool = {
    .name = "sf-serve",
    .summary = "serves what a store knows, over HTTP and at a prompt",
    .usage = "[COMMAND] [OPTION]...",
    .description = "Without a command it serves: REST under /api/v1/, tokens under /api/token/, /health/ and /ready/; "
                   "docs/serve.md has it all.",
    .examples = "sf-serve user add demo --store sqlite:signals.db < password\n"
                "sf-serve --store sqlite:signals.db --listen 127.0.0.1:8000\n"
                "sf-serve query trending --store sqlite:signals.db",
    .options = sf_serve_options,
    .commands = commands,
};

static int run_command(const sf_settings *s)
{
    sf_error err = {0};
    const char *tool = sf_settings_tool(s);
    if (strcmp(tool, sf_query_command.name) == 0) {
        return sf_query_run(s);
    }
    if (strcmp(tool, sf_user_command.name) == 0) {
        return sf_user_run(s);
    }
    if (sf_settings_count(s) > 0) {
        err.status = sf_fail(&err, SF_EINVAL, "%.40s: no such command; sf-serve query, sf-serve user",
                             sf_settings_argument(s, 0));
        return sf_run_failed(&err);
    }
    return sf_serve_run(s);
}

int main(int argc, char **argv)
{
    sf_run run;
    int code = sf_run_settings(&run, &sf_serve_tool, argc, argv);
    code = code >= 0 ? code : run_command(run.settings);
    sf_settings_free(run.settings);
    return code;
}
