/* SPDX-License-Identifier: MIT */
/* sf-serve: what a store knows, at a prompt. */
#include "common/fail.h"
#include "query.h"
#include "run.h"

static const sf_option options[] = {{NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL}};

static const sf_tool *const commands[] = {&sf_query_command, NULL};

extern const sf_tool sf_serve_tool;
const sf_tool sf_serve_tool = {
    .name = "sf-serve",
    .summary = "answers questions about what a store knows",
    .usage = "COMMAND [OPTION]...",
    .examples = "sf-serve query trending --store sqlite:signals.db",
    .options = options,
    .commands = commands,
};

static int run_command(const sf_settings *s)
{
    sf_error err = {0};
    if (strcmp(sf_settings_tool(s), sf_query_command.name) == 0) {
        return sf_query_run(s);
    }
    err.status = sf_fail(&err, SF_EINVAL, "which command? sf-serve query; --help tells more");
    return sf_run_failed(&err);
}

int main(int argc, char **argv)
{
    sf_run run;
    int code = sf_run_settings(&run, &sf_serve_tool, argc, argv);
    code = code >= 0 ? code : run_command(run.settings);
    sf_settings_free(run.settings);
    return code;
}
