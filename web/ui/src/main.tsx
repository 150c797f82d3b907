import { createRoot } from 'react-dom/client';
import { App } from './App';
import { installTokens } from './lib/tokens';
import { preloadPage } from './routes';
import './styles.css';

preloadPage(window.location.pathname);
installTokens();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(<App />);
