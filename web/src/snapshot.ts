// The page of a snapshot: the same, with recorded answers in the place of the server.
import './app/snapshot/install';
import './main';
