/* A file on its way: how much of it is sent. Without script the form sends it all the same. */
"use strict";
{
  const megabytes = (bytes) => `${(bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0)} MB`;

  const watch = (form) => {
    const file = form.querySelector("input[type=file]");
    const state = form.querySelector("[data-upload-state]");
    const bar = state.querySelector("progress");
    const text = state.querySelector("[data-upload-text]");
    const button = form.querySelector("button[type=submit]");

    file.addEventListener("change", () => {
      const most = Number(form.dataset.mostBytes);
      const tooLarge = file.files[0]?.size > most;
      file.setCustomValidity(tooLarge ? `This file has ${megabytes(file.files[0].size)}; up to ${megabytes(most)} can be sent. Part it.` : "");
      file.reportValidity();
    });

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", ({ loaded, total }) => {
        bar.value = loaded / total;
        text.textContent = loaded < total ? `${megabytes(loaded)} of ${megabytes(total)} sent` : "Reading the columns…";
      });
      request.addEventListener("load", () => {
        if (request.status < 400) return location.assign(request.responseURL);
        const answer = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("[data-upload]");
        if (!answer) return location.reload();
        form.replaceWith(answer);
        watch(answer);
        answer.querySelector("input[type=file]").focus();
      });
      request.addEventListener("error", () => {
        button.disabled = false;
        text.textContent = "The connection broke. Nothing was stored; send it again.";
      });
      button.disabled = true;
      state.hidden = false;
      request.open("POST", form.action);
      request.send(new FormData(form));
    });
  };
  document.querySelectorAll("[data-upload]").forEach(watch);
}
