import { mount } from 'svelte';
import { server } from '$lib/state/server.svelte';
import { url } from '$lib/state/url.svelte';
import App from './app/App.svelte';
import { registry } from './app/registry';
import './app/tokens.css';
import './app/base.css';

// Data and the dashboard's code travel while the frame is being drawn.
server.start();
void (registry.find(({ id }) => id === url.dashboard) ?? registry[0])?.load();

const target = document.getElementById('app');
if (target) mount(App, { target });
