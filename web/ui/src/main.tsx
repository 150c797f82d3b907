import { createRoot } from 'react-dom/client';
import { App } from './App';
import { installTokens } from './lib/tokens';
import './styles.css';

installTokens();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(<App />);
