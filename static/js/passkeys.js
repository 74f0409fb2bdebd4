// Passkeys: allauth's scripts talk to the device, this one to the person.

// A passkey belongs to a name; an address in numbers has none.
const isNamed = !/^[\d.]+$|:/.test(location.hostname);
const canUsePasskeys = Boolean(window.PublicKeyCredential) && isNamed;

for (const part of document.querySelectorAll("[data-passkey]")) part.hidden = !canUsePasskeys;
for (const part of document.querySelectorAll("[data-no-passkey]")) part.hidden = canUsePasskeys;

document.addEventListener("allauth.error", (event) => {
  // Most often the person closed the dialogue of the device.
  event.preventDefault();
  for (const fault of document.querySelectorAll("[data-passkey-fault]")) fault.hidden = false;
});
