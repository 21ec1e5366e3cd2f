// SPDX-License-Identifier: MIT
// Where the page starts.
document.getElementById("main").textContent = "SignalFlow";
